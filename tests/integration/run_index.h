// A run's store by what its jobs and events are looked up by.
#ifndef LULL_TESTS_INTEGRATION_RUN_INDEX_H_
#define LULL_TESTS_INTEGRATION_RUN_INDEX_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "tests/integration/invariants.h"

namespace lull {

// Points into the run, which outlives it.
struct RunIndex {
  explicit RunIndex(const RunRecord& run);

  // The marker that the job was submitted with; "" if it has none.
  static std::string MarkerOf(const StoredJob& job);
  // Whether the job is gone because somebody asked for that.
  bool MayBeGone(const std::string& id) const { return delete_asked.contains(id); }
  const Event* StartOf(JobNumber job, LeaseNumber lease) const;

  absl::flat_hash_map<std::string, const StoredJob*> jobs_by_id;
  absl::flat_hash_map<std::string, std::vector<const StoredJob*>> jobs_by_marker;
  absl::flat_hash_map<JobNumber, std::vector<Event>> events;
  absl::flat_hash_set<std::string> delete_asked;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_RUN_INDEX_H_
