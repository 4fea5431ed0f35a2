#include "storage/open_job_store.h"
#include "storage/sqlite/sqlite_job_store.h"
#include "tests/storage/conformance/job_store_conformance.h"

namespace lull {
namespace {

absl::StatusOr<std::unique_ptr<JobStore>> OpenSqlite(const std::string& data_dir) {
  StoreOptions options;
  options.data_dir = data_dir;
  return OpenJobStore(options);
}

// Every table as a large one is read: by several connections.
absl::StatusOr<std::unique_ptr<JobStore>> OpenSqliteReadInParts(const std::string& data_dir) {
  SqliteJobStoreOptions options;
  options.data_dir = data_dir;
  options.compress_above_bytes = StoreOptions().compress_above_bytes;
  options.live_leaves_a_range = 1;
  options.key_rows_a_range = 1;
  return SqliteJobStore::Open(options);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreConformance,
                         ::testing::Values(Backend{"Sqlite", OpenSqlite,
                                                   StoreOptions().compress_above_bytes},
                                           Backend{"SqliteReadInParts", OpenSqliteReadInParts,
                                                   StoreOptions().compress_above_bytes}),
                         BackendName);

}  // namespace
}  // namespace lull
