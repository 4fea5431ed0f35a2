// Applies groups: the one place that writes jobs, results and events.
//
// Owned by SqliteJobStore; used by the engine's thread. Lives from one recovery to the next.
#ifndef LULL_STORAGE_SQLITE_WRITER_H_
#define LULL_STORAGE_SQLITE_WRITER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/job_store.h"
#include "storage/record.h"
#include "storage/sqlite/body_codec.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/job_eraser.h"
#include "storage/sqlite/rows.h"
#include "storage/sqlite/statement.h"

namespace lull {

class Writer {
 public:
  // `connection` must outlive the writer. The numbers go on from `recovered`.
  static absl::StatusOr<std::unique_ptr<Writer>> Prepare(Connection& connection,
                                                         const JobStore::Recovered& recovered,
                                                         int64_t compress_above_bytes);

  // See JobStore::ApplyGroup. After an error nothing more may be applied: the writer's idea of the
  // numbers may be ahead.
  absl::Status ApplyGroup(const Group& group);

  // Within the transaction of whoever removes rows: those that a recovery would tell the numbers
  // from may be among them.
  absl::Status NoteNumbers();

 private:
  Writer(Connection& connection, const JobStore::Recovered& recovered,
         int64_t compress_above_bytes);
  absl::Status PrepareStatements();

  absl::Status ApplyInTransaction(const Group& group);
  absl::Status CheckEpoch(int64_t epoch);
  absl::Status Write(const JobCreated& created);
  absl::Status Write(const LiveChanged& changed);
  absl::Status Write(const JobEnded& ended);
  absl::Status Write(const JobDeleted& deleted);
  absl::Status Write(const KeyAdded& key);
  absl::Status Write(const UsageAdded& usage);
  absl::Status Write(const SmallState& state);
  absl::Status WriteKeys();
  absl::Status WriteEvents(const Group& group);

  Connection& connection_;
  BodyCompressor compressor_;
  JobEraser eraser_;
  RowBuffers buffers_;
  std::vector<const KeyAdded*> keys_;  // of the group being applied; written as one row
  bool deleted_any_ = false;           // by the group being applied
  JobNumber next_job_;
  EventNumber next_event_;

  Statement begin_;
  Statement commit_;
  Statement read_epoch_;
  Statement add_job_;
  Statement add_body_;
  Statement add_live_;
  Statement change_live_;
  Statement remove_live_;
  Statement add_result_;
  Statement add_events_;
  Statement add_keys_;
  Statement add_usage_;
  Statement set_small_state_;
  Statement remove_small_state_;
  Statement note_numbers_;
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_WRITER_H_
