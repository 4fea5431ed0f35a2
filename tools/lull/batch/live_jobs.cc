#include "tools/lull/batch/live_jobs.h"

#include <map>

#include "absl/strings/strip.h"
#include "tools/lull/job_tally.h"

namespace lull {

void LiveJobs::Add(size_t entry, const std::string& id) { jobs_[id] = LiveJob{.entry = entry}; }

void LiveJobs::Update(const v1::Job& job) {
  const auto found = jobs_.find(job.id());
  if (found == jobs_.end()) return;
  found->second.state = job.state();
  found->second.pending_reason = job.pending_reason();
  found->second.refusals = RefusalsOf(job);
}

std::optional<size_t> LiveJobs::Remove(absl::string_view id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return std::nullopt;
  const size_t entry = found->second.entry;
  jobs_.erase(found);
  return entry;
}

std::vector<std::string> LiveJobs::Ids() const {
  std::vector<std::string> ids;
  ids.reserve(jobs_.size());
  for (const auto& [id, job] : jobs_) ids.push_back(id);
  return ids;
}

void LiveJobs::AddTo(RunProgress* progress) const {
  std::map<v1::PendingReason, size_t> reasons;
  for (const auto& [id, job] : jobs_) {
    progress->refusals += job.refusals;
    if (job.state == v1::JOB_STATE_RUNNING || job.state == v1::JOB_STATE_CANCELLING) {
      ++progress->running;
    } else {
      ++progress->waiting;
      ++reasons[job.pending_reason];
    }
  }
  size_t most = 0;
  for (const auto& [reason, count] : reasons) {
    if (reason == v1::PENDING_REASON_UNSPECIFIED || count <= most) continue;
    most = count;
    progress->waiting_for =
        std::string(absl::StripPrefix(v1::PendingReason_Name(reason), "PENDING_REASON_"));
  }
}

}  // namespace lull
