#include "server/watch/job_identities.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"

namespace lull {

void JobIdentities::Add(const JobSpec& spec) {
  Put(spec.number, std::make_shared<const JobIdentity>(
                       JobIdentity{spec.id.ToString(), spec.tenant, spec.labels}));
}

void JobIdentities::Put(JobNumber job, std::shared_ptr<const JobIdentity> identity) {
  MutexLock lock(mutex_);
  if (Look(job) != nullptr) return;
  by_use_.push_front({job, std::move(identity)});
  jobs_[job] = by_use_.begin();
  while (static_cast<int64_t>(by_use_.size()) > max_jobs_) {
    jobs_.erase(by_use_.back().job);
    by_use_.pop_back();
  }
}

std::shared_ptr<const JobIdentity> JobIdentities::Look(JobNumber job) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->identity;
}

absl::StatusOr<JobIdentities::Found> JobIdentities::Get(absl::Span<const JobNumber> jobs,
                                                        PoolReader& reader) {
  Found found(jobs.size());
  std::vector<JobNumber> missing;
  {
    MutexLock lock(mutex_);
    absl::flat_hash_set<JobNumber> asked;
    for (size_t i = 0; i < jobs.size(); ++i) {
      found[i] = Look(jobs[i]);
      if (found[i] == nullptr && asked.insert(jobs[i]).second) missing.push_back(jobs[i]);
    }
  }
  if (missing.empty()) return found;
  LULL_ASSIGN_OR_RETURN(const std::vector<JobReader::Identity> read,
                        reader.Do([&](JobReader& store) { return store.ReadIdentities(missing); }));
  absl::flat_hash_map<JobNumber, std::shared_ptr<const JobIdentity>> of_job;
  for (const JobReader::Identity& identity : read) {
    auto shared = std::make_shared<const JobIdentity>(
        JobIdentity{identity.id.ToString(), identity.tenant, identity.labels});
    of_job[identity.number] = shared;
    Put(identity.number, std::move(shared));
  }
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (found[i] != nullptr) continue;
    const auto read_one = of_job.find(jobs[i]);
    if (read_one != of_job.end()) found[i] = read_one->second;
  }
  return found;
}

int64_t JobIdentities::size() const {
  MutexLock lock(mutex_);
  return static_cast<int64_t>(by_use_.size());
}

}  // namespace lull
