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

// Copies what a dead server left behind into a new folder, which it returns.
std::string CopyData(const std::string& data_dir);

// Opens a copy as SQLite does after a crash and removes it. Returns what PRAGMA integrity_check
// says: "ok" if the file is whole.
std::string CheckIntegrity(const std::string& copy);

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_STORE_DUMP_H_
