// Removes what is stored of a job that has ended: its row, its request and its outcome.
//
// Owned by whoever holds the transaction that it is used in. Lives as long as its connection.
#ifndef LULL_STORAGE_SQLITE_JOB_ERASER_H_
#define LULL_STORAGE_SQLITE_JOB_ERASER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/record.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/statement.h"

namespace lull {

class JobEraser {
 public:
  absl::Status Prepare(Connection& connection);

  // False: there was nothing to remove. INTERNAL: the job has not ended.
  absl::StatusOr<bool> Erase(JobNumber job);

 private:
  Statement find_live_;
  Statement delete_result_;
  Statement delete_body_;
  Statement delete_job_;
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_JOB_ERASER_H_
