// The workers that were heard of lately: what they hold, and which upstreams they could call.
#ifndef LULL_SERVER_ENGINE_WORKER_TABLE_H_
#define LULL_SERVER_ENGINE_WORKER_TABLE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/scheduler/indexed_heap.h"
#include "server/scheduler/plan.h"

namespace lull {

class WorkerTable {
 public:
  static constexpr absl::Duration kCalling = absl::Minutes(2);  // silent for longer: takes nothing
  static constexpr absl::Duration kRemembered = absl::Minutes(10);
  static constexpr size_t kMaxWorkers = 10'000;

  struct Worker {
    absl::Duration seen = -absl::InfiniteDuration();  // steady
    std::vector<std::string> credentials;             // as its last poll said; sorted
    absl::btree_set<JobSlot> held;                    // its leases
    bool draining = false;                            // it shall take no more jobs
    // As it said, for the operator.
    std::string version;
    std::string peer;
    std::vector<std::string> tags;
    int32_t in_flight = 0;
    int32_t capacity = 0;
  };

  // nullptr: the table is full.
  Worker* Seen(absl::string_view id, absl::Duration steady_now) {
    auto found = workers_.find(id);
    if (found == workers_.end()) {
      if (workers_.size() >= kMaxWorkers) return nullptr;
      found = workers_.emplace(std::string(id), Worker()).first;
    }
    found->second.seen = std::max(found->second.seen, steady_now);
    return &found->second;
  }

  void Hold(absl::string_view id, JobSlot slot) {
    const auto found = workers_.find(id);
    if (found != workers_.end()) found->second.held.insert(slot);
  }
  void Drop(absl::string_view id, JobSlot slot) {
    const auto found = workers_.find(id);
    if (found != workers_.end()) found->second.held.erase(slot);
  }

  // Forgets workers that hold nothing and were silent for long. Returns those that were draining.
  std::vector<std::string> Forget(absl::Duration steady_now) {
    std::vector<std::string> drained;
    for (auto it = workers_.begin(); it != workers_.end();) {
      if (!it->second.held.empty() || it->second.seen + kRemembered > steady_now) {
        ++it;
        continue;
      }
      if (it->second.draining) drained.push_back(it->first);
      it = workers_.erase(it);
    }
    return drained;
  }

  // Whether a worker was heard of lately that could call this upstream.
  bool CanCall(const Upstream& upstream, absl::Duration steady_now) const {
    for (const auto& [id, worker] : workers_) {
      if (worker.seen + kCalling <= steady_now || worker.draining) continue;
      if (upstream.credential.empty() ||
          std::binary_search(worker.credentials.begin(), worker.credentials.end(),
                             upstream.credential)) {
        return true;
      }
    }
    return false;
  }

  // nullptr: not heard of lately.
  Worker* Find(absl::string_view id) {
    const auto found = workers_.find(id);
    return found == workers_.end() ? nullptr : &found->second;
  }

  bool IsDraining(absl::string_view id) const {
    const auto found = workers_.find(id);
    return found != workers_.end() && found->second.draining;
  }

  const std::map<std::string, Worker, std::less<>>& all() const { return workers_; }

 private:
  std::map<std::string, Worker, std::less<>> workers_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_WORKER_TABLE_H_
