#include "tests/integration/run_index.h"

namespace lull {

RunIndex::RunIndex(const RunRecord& run)
    : delete_asked(run.meddling.delete_asked.begin(), run.meddling.delete_asked.end()) {
  for (const StoredJob& job : run.store.jobs) {
    jobs_by_id[job.spec.id.ToString()] = &job;
    jobs_by_marker[MarkerOf(job)].push_back(&job);
  }
  for (const auto& [number, event] : run.store.events) events[event.job].push_back(event);
}

std::string RunIndex::MarkerOf(const StoredJob& job) {
  for (const auto& [key, value] : job.spec.labels) {
    if (key == "marker") return value;
  }
  return "";
}

const Event* RunIndex::StartOf(JobNumber job, LeaseNumber lease) const {
  const auto found = events.find(job);
  if (found == events.end()) return nullptr;
  for (const Event& event : found->second) {
    if (event.kind == EventKind::kStarted && event.lease == lease) return &event;
  }
  return nullptr;
}

}  // namespace lull
