#include "storage/open_job_store.h"

#include "storage/sqlite/sqlite_job_store.h"

namespace lull {

absl::StatusOr<std::unique_ptr<JobStore>> OpenJobStore(const StoreOptions& options) {
  return SqliteJobStore::Open({options.data_dir, options.compress_above_bytes});
}

}  // namespace lull
