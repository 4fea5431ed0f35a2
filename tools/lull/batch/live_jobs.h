// The jobs of a batch run that the server has and that have not ended.
#ifndef LULL_TOOLS_LULL_BATCH_LIVE_JOBS_H_
#define LULL_TOOLS_LULL_BATCH_LIVE_JOBS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "proto/job.pb.h"
#include "tools/lull/batch/run_numbers.h"

namespace lull {

// Bounded by who adds to it. Not thread-safe.
class LiveJobs {
 public:
  void Add(size_t entry, const std::string& id);

  // Keeps how the job stands. Jobs that are not here are passed over.
  void Update(const v1::Job& job);

  // Takes the job out; its entry.
  std::optional<size_t> Remove(absl::string_view id);

  size_t size() const { return jobs_.size(); }

  // In no particular order.
  std::vector<std::string> Ids() const;

  // Fills in what follows from the jobs here.
  void AddTo(RunProgress* progress) const;

 private:
  struct LiveJob {
    size_t entry;
    v1::JobState state = v1::JOB_STATE_PENDING;
    v1::PendingReason pending_reason = v1::PENDING_REASON_UNSPECIFIED;
    int64_t refusals = 0;
  };
  absl::flat_hash_map<std::string, LiveJob> jobs_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_LIVE_JOBS_H_
