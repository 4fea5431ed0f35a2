// Who jobs are: what of a job never changes and every one of its events is told with.
//
// Creations fill it as they are committed; the rest is read from the store when it is asked for.
// The least recently used go first beyond its bound. Any thread may call.
#ifndef LULL_SERVER_WATCH_JOB_IDENTITIES_H_
#define LULL_SERVER_WATCH_JOB_IDENTITIES_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "server/reads/read_pool.h"
#include "storage/record.h"

namespace lull {

struct JobIdentity {
  std::string id_text;
  std::string tenant;
  Labels labels;  // as created
};

class JobIdentities {
 public:
  explicit JobIdentities(int64_t max_jobs) : max_jobs_(max_jobs) {}

  // Of a job that was just created.
  void Add(const JobSpec& spec);

  // In the order of the numbers; null: not stored (any more). Reads those that it does not have, in
  // one go. Errors: the store's.
  using Found = std::vector<std::shared_ptr<const JobIdentity>>;
  absl::StatusOr<Found> Get(absl::Span<const JobNumber> jobs, PoolReader& reader);

  int64_t size() const;

 private:
  struct Entry {
    JobNumber job = 0;
    std::shared_ptr<const JobIdentity> identity;
  };

  void Put(JobNumber job, std::shared_ptr<const JobIdentity> identity);
  std::shared_ptr<const JobIdentity> Look(JobNumber job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int64_t max_jobs_;
  mutable Mutex mutex_;
  std::list<Entry> by_use_ ABSL_GUARDED_BY(mutex_);  // the latest first
  absl::flat_hash_map<JobNumber, std::list<Entry>::iterator> jobs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_SERVER_WATCH_JOB_IDENTITIES_H_
