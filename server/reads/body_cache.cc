#include "server/reads/body_cache.h"

#include <utility>

namespace lull {
namespace {

// A spec's strings, its entry here and what the allocator adds.
constexpr int64_t kBytesPerJob = 512;

int64_t CostOf(const JobSpec& spec) {
  return kBytesPerJob + (spec.body ? static_cast<int64_t>(spec.body->size()) : 0);
}

}  // namespace

void BodyCache::Add(std::shared_ptr<const JobSpec> spec) {
  const int64_t cost = CostOf(*spec);
  if (cost > max_bytes_) return;
  MutexLock lock(mutex_);
  const JobNumber number = spec->number;
  if (!jobs_.emplace(number, std::move(spec)).second) return;
  order_.push_back(number);
  bytes_ += cost;
  while (bytes_ > max_bytes_) {
    RemoveLocked(order_.front());
    order_.pop_front();
  }
  // A job that ended leaves its number behind; they may not pile up behind an old one that lives.
  if (order_.size() > 2 * jobs_.size() + 64) {
    std::deque<JobNumber> live;
    for (const JobNumber job : order_) {
      if (jobs_.contains(job)) live.push_back(job);
    }
    order_ = std::move(live);
  }
}

void BodyCache::Remove(JobNumber job) {
  MutexLock lock(mutex_);
  RemoveLocked(job);
}

void BodyCache::RemoveLocked(JobNumber job) {
  const auto it = jobs_.find(job);
  if (it == jobs_.end()) return;
  bytes_ -= CostOf(*it->second);
  jobs_.erase(it);
}

std::shared_ptr<const JobSpec> BodyCache::Find(JobNumber job) const {
  MutexLock lock(mutex_);
  const auto it = jobs_.find(job);
  if (it == jobs_.end()) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  return it->second;
}

BodyCache::Stats BodyCache::GetStats() const {
  MutexLock lock(mutex_);
  return {static_cast<int64_t>(jobs_.size()), bytes_, hits_, misses_};
}

size_t BodyCache::remembered() const {
  MutexLock lock(mutex_);
  return order_.size();
}

}  // namespace lull
