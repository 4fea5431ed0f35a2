// Long polls that wait beside the engine: workers that wait for a grant, clients that wait for a
// job's end. Used on the engine's thread only. Each is bounded by its own timeout, and all of them
// together by the loop.
#ifndef LULL_SERVER_ENGINE_PARKED_H_
#define LULL_SERVER_ENGINE_PARKED_H_

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "server/engine/command.h"

namespace lull {

using LeaseCall = Call<LeaseRequest, LeaseReply>;
using AwaitCall = Call<AwaitRequest, AwaitReply>;

// Oldest first.
struct ParkedLease {
  LeaseCall call;
  absl::Duration until;  // steady
};
using ParkedLeases = std::list<ParkedLease>;

struct ParkedAwait {
  AwaitCall call;
  absl::Duration until;  // steady
};

class ParkedAwaits {
 public:
  void Park(AwaitCall call, absl::Duration until) {
    const uint64_t id = next_++;
    by_job_[call.request.job].push_back(id);
    by_time_.emplace(until, id);
    parked_.emplace(id, ParkedAwait{std::move(call), until});
  }

  // Takes out those that wait for this job.
  std::vector<AwaitCall> TakeJob(JobNumber job) {
    std::vector<AwaitCall> taken;
    const auto found = by_job_.find(job);
    if (found == by_job_.end()) return taken;
    for (uint64_t id : found->second) {
      auto node = parked_.extract(id);
      by_time_.erase({node.mapped().until, id});
      taken.push_back(std::move(node.mapped().call));
    }
    by_job_.erase(found);
    return taken;
  }

  // Takes out those whose time is over; all of them for InfiniteDuration.
  std::vector<ParkedAwait> TakeDue(absl::Duration steady_now) {
    std::vector<ParkedAwait> taken;
    while (!by_time_.empty() && by_time_.begin()->first <= steady_now) {
      const uint64_t id = by_time_.begin()->second;
      by_time_.erase(by_time_.begin());
      auto node = parked_.extract(id);
      const auto waiters = by_job_.find(node.mapped().call.request.job);
      auto& ids = waiters->second;
      ids.erase(std::find(ids.begin(), ids.end(), id));
      if (ids.empty()) by_job_.erase(waiters);
      taken.push_back(std::move(node.mapped()));
    }
    return taken;
  }

  absl::Duration NextDue() const {
    return by_time_.empty() ? absl::InfiniteDuration() : by_time_.begin()->first;
  }
  size_t size() const { return parked_.size(); }

 private:
  uint64_t next_ = 0;
  std::map<uint64_t, ParkedAwait> parked_;
  absl::flat_hash_map<JobNumber, absl::InlinedVector<uint64_t, 1>> by_job_;  // never iterated
  std::set<std::pair<absl::Duration, uint64_t>> by_time_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_PARKED_H_
