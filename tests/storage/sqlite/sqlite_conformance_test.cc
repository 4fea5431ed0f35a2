#include "storage/open_job_store.h"
#include "tests/storage/conformance/job_store_conformance.h"

namespace lull {
namespace {

absl::StatusOr<std::unique_ptr<JobStore>> OpenSqlite(const std::string& data_dir) {
  StoreOptions options;
  options.data_dir = data_dir;
  return OpenJobStore(options);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreConformance,
                         ::testing::Values(Backend{"Sqlite", OpenSqlite,
                                                   StoreOptions().compress_above_bytes}),
                         BackendName);

}  // namespace
}  // namespace lull
