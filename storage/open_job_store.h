// Opens the store that a server uses. The only place that knows which backends exist.
#ifndef LULL_STORAGE_OPEN_JOB_STORE_H_
#define LULL_STORAGE_OPEN_JOB_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/job_store.h"

namespace lull {

struct StoreOptions {
  std::string data_dir;                 // made with mode 0700 if it does not exist
  int64_t compress_above_bytes = 2048;  // bodies longer than this are stored compressed
};

// Takes the lock on data_dir; FAILED_PRECONDITION if another process holds it. Reads nothing yet:
// call Recover().
absl::StatusOr<std::unique_ptr<JobStore>> OpenJobStore(const StoreOptions& options);

}  // namespace lull

#endif  // LULL_STORAGE_OPEN_JOB_STORE_H_
