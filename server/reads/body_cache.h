// Jobs that were submitted recently, with their bodies, so that leasing a fresh job reads nothing.
//
// Filled when a submit is on disk, emptied oldest first beyond its bound, and when a job ends.
// Called from any thread. A job that is not in it is in the store.
#ifndef LULL_SERVER_READS_BODY_CACHE_H_
#define LULL_SERVER_READS_BODY_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "base/mutex.h"
#include "storage/record.h"

namespace lull {

class BodyCache {
 public:
  // `max_bytes` of bodies, and of what each job costs beside its body.
  explicit BodyCache(int64_t max_bytes) : max_bytes_(max_bytes) {}

  void Add(std::shared_ptr<const JobSpec> spec);
  void Remove(JobNumber job);
  // Null if it is not there.
  std::shared_ptr<const JobSpec> Find(JobNumber job) const;

  struct Stats {
    int64_t jobs = 0;
    int64_t bytes = 0;
    int64_t hits = 0;
    int64_t misses = 0;
  };
  Stats GetStats() const;

  // Job numbers kept, those of removed jobs whose turn has not come among them.
  size_t remembered() const;

 private:
  void RemoveLocked(JobNumber job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int64_t max_bytes_;
  mutable Mutex mutex_;
  absl::flat_hash_map<JobNumber, std::shared_ptr<const JobSpec>> jobs_ ABSL_GUARDED_BY(mutex_);
  // In the order they came; holds the numbers of removed ones until their turn comes.
  std::deque<JobNumber> order_ ABSL_GUARDED_BY(mutex_);
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable int64_t hits_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable int64_t misses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_READS_BODY_CACHE_H_
