// Makes jobs out of the entries of a batch run.
#ifndef LULL_TOOLS_LULL_BATCH_BATCH_SUBMITTER_H_
#define LULL_TOOLS_LULL_BATCH_BATCH_SUBMITTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "proto/job_service.pb.h"
#include "tools/lull/batch/live_jobs.h"
#include "tools/lull/batch/run_ledger.h"
#include "tools/lull/client.h"

namespace lull {

// What all jobs of a run have in common.
struct BatchJobOptions {
  std::string class_name;
  int32_t priority = 0;
  std::map<std::string, std::string> labels;
  // Zero: the class's.
  absl::Duration ttl;

  // All of it as one line of text.
  std::string ToText() const;
};

// Submits in chunks, in the order of the input, under request ids that depend on the run and the
// entry only: repeating a call, or the whole run, never makes a second job. Not thread-safe.
class BatchSubmitter {
 public:
  // All references have to outlive this. Entries that are done or live already are not submitted.
  BatchSubmitter(const Clock& clock, Client& client, RunLedger& ledger, LiveJobs& live,
                 BatchJobOptions options, size_t live_jobs_max);

  // Whether there is something to submit and room for it.
  bool ready() const;

  // When the next call of Submit() may be made: the server's queue may have been full.
  absl::Duration not_before() const { return not_before_; }

  // Submits one chunk. Entries whose request the server refuses for good get their error line;
  // if it refuses the very first chunk as a whole, the run as such is wrong, and that is the error.
  // Other errors are those of the call, which may be made again, and DATA_LOSS from the files.
  absl::Status Submit();

  // The entry's job is gone from the server. Submits it again, or gives it its error line when that
  // has not helped.
  absl::Status OnGone(size_t entry);

 private:
  std::optional<size_t> NextEntry();
  absl::StatusOr<v1::BatchCreateJobsRequest> NextChunk(std::vector<size_t>* entries);
  absl::StatusOr<v1::CreateJobRequest> RequestFor(size_t entry);
  void PutBack(const std::vector<size_t>& entries);
  absl::Status OnFailure(const absl::Status& status, const std::vector<size_t>& entries);
  absl::Status OnRefused(const absl::Status& status, const std::vector<size_t>& entries);
  absl::Status WriteRefused(size_t entry, const absl::Status& refusal, absl::string_view state);

  const Clock& clock_;
  Client& client_;
  RunLedger& ledger_;
  LiveJobs& live_;
  const BatchJobOptions options_;
  const size_t live_jobs_max_;

  // By entry: it is live, or was taken from the input already.
  std::vector<bool> taken_;
  size_t next_entry_ = 0;
  // Taken entries to be submitted again, before new ones.
  std::deque<size_t> again_;
  // How often an entry's job was found to be gone.
  absl::flat_hash_map<size_t, int> gone_;
  bool any_accepted_;
  absl::Duration not_before_ = -absl::InfiniteDuration();
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_BATCH_SUBMITTER_H_
