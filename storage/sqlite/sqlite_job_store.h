// JobStore over one SQLite file. The file has one connection that writes and checkpoints, and one
// per reader.
#ifndef LULL_STORAGE_SQLITE_SQLITE_JOB_STORE_H_
#define LULL_STORAGE_SQLITE_SQLITE_JOB_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "storage/job_store.h"
#include "storage/sqlite/checkpointer.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/data_dir.h"
#include "storage/sqlite/pruner.h"
#include "storage/sqlite/read_gate.h"
#include "storage/sqlite/store_backup.h"
#include "storage/sqlite/store_check.h"
#include "storage/sqlite/writer.h"

namespace lull {

struct SqliteJobStoreOptions {
  std::string data_dir;
  int64_t compress_above_bytes = 0;
  CheckpointLimits checkpoint = {};
  PruneLimits prune = {};
  int backup_step_pages = 512;  // 4 MiB
  // A start reads larger tables with several connections at once, so much in one go: pages, which
  // hold some 40 live jobs each, and rows, which hold a commit's keys each.
  int64_t live_leaves_a_range = 12;
  int64_t key_rows_a_range = 16;
};

class SqliteJobStore : public JobStore {
 public:
  // Takes the directory's lock and makes the file if there is none. Errors: see DataDir::Open.
  static absl::StatusOr<std::unique_ptr<SqliteJobStore>> Open(const SqliteJobStoreOptions& options);

  ~SqliteJobStore() override;

  absl::StatusOr<Recovered> Recover(absl::Time now) override;
  absl::StatusOr<Committed> FindCommitted() override;
  absl::Status LoadLive(absl::FunctionRef<void(LiveState)> add) override;
  absl::Status LoadKeys(absl::FunctionRef<void(const KeyAdded&)> add) override;
  absl::Status LoadSmallStates(absl::FunctionRef<void(const SmallState&)> add) override;
  absl::Status ApplyGroup(const Group& group) override;
  absl::StatusOr<bool> Tidy() override;
  absl::StatusOr<bool> Prune(const Retention& retention, absl::Time now) override;
  absl::StatusOr<std::unique_ptr<StoreBackup>> StartBackup(const std::string& file_name) override;
  absl::StatusOr<std::unique_ptr<JobReader>> OpenReader() override;
  std::unique_ptr<StoreCheck> CheckDue() override;
  Stats GetStats() const override;

 private:
  SqliteJobStore(std::unique_ptr<DataDir> dir, const SqliteJobStoreOptions& options);
  absl::Status CheckUsable() const;
  absl::StatusOr<Connection*> ConnectionToLoad() const;
  void LimitLog();
  absl::Status NoteFailure(absl::Status status);
  absl::StatusOr<Recovered> Reopen(absl::Time now);
  absl::StatusOr<Recovered> StartEpoch(Connection& connection, absl::Time now);
  absl::Status CountFreePages();

  const std::unique_ptr<DataDir> dir_;
  const SqliteJobStoreOptions options_;
  const std::shared_ptr<ReadGate> gate_ = std::make_shared<ReadGate>();
  const std::shared_ptr<CheckState> check_ = std::make_shared<CheckState>();

  // Of the engine's thread, from one recovery to the next; declared in the order of dependence.
  // After a failure the connection only keeps SQLite's index of the log as the last commit left it.
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Pruner> pruner_;
  std::unique_ptr<Checkpointer> checkpointer_;
  SqliteStoreBackup* backup_ = nullptr;  // the one under way
  absl::Status failure_ =
      absl::UnavailableError("the store has not been recovered yet");  // OK: usable
  std::unique_ptr<Connection> committed_;  // what is loaded from while it is not
  bool log_is_on_disk_ = false;            // all of it that can be read
  int64_t view_ = 0;                       // see Committed
  bool opened_before_ = false;             // by this object
  bool is_migrated_ = false;               // known once it was recovered

  std::atomic<int64_t> commits_{0};
  std::atomic<int64_t> free_bytes_{0};
  std::atomic<int64_t> pruned_jobs_{0};
  std::atomic<int64_t> pruned_events_{0};
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_SQLITE_JOB_STORE_H_
