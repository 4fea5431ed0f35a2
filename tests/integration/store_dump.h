// Everything a stopped server's store holds, read through the storage seam.
#ifndef LULL_TESTS_INTEGRATION_STORE_DUMP_H_
#define LULL_TESTS_INTEGRATION_STORE_DUMP_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/job_store.h"
#include "storage/record.h"

namespace lull {

struct StoredJob {
  JobSpec spec;  // with its body
  JobState state = JobState::kPending;
  std::optional<JobEnded> ended;  // with its answer; nullopt: it has not ended
};

struct StoreDump {
  std::vector<StoredJob> jobs;                   // by number
  std::vector<JobReader::NumberedEvent> events;  // by number
};

// No server may run on the folder. The store's own errors.
absl::StatusOr<StoreDump> DumpStore(const std::string& data_dir);

// Copies the data of a dead server, opens the copy as SQLite does after a crash, and returns what
// PRAGMA integrity_check says: "ok" if the file is whole. Leaves the original untouched.
std::string CheckIntegrityOfCopy(const std::string& data_dir);

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_STORE_DUMP_H_
