// The jobs that an RPC over many of them means: a list of ids, or what a filter finds, page by
// page.
#ifndef LULL_SERVER_READS_JOB_SELECTION_H_
#define LULL_SERVER_READS_JOB_SELECTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/job_service.pb.h"
#include "server/api/page_token.h"
#include "server/api/violations.h"
#include "server/engine/caller.h"
#include "server/reads/read_pool.h"
#include "storage/job_filter.h"
#include "storage/record.h"

namespace lull {

// How many stored jobs one call looks at.
inline constexpr int kMaxLookedAt = 10'000;

struct JobSelection {
  std::vector<std::string> ids;  // if there are any, they alone
  JobFilter filter;
  JobNumber before = INT64_MAX;  // where the page begins
  PageScope scope;

  // The token of a next page; "" where `next` is 0.
  std::string PageTokenFor(JobNumber next) const;
};

enum class EmptyFilter { kMeansAll, kIsWrong };

// Reads the fields `filter` and `page_token`. Its error is that of a page token of something else;
// everything else that is wrong is added to the violations.
absl::StatusOr<JobSelection> ReadFilterSelection(absl::string_view method, const Caller& caller,
                                                 absl::string_view filter, EmptyFilter empty,
                                                 absl::string_view page_token,
                                                 Violations* violations);
// Reads the fields `jobs`.
JobSelection ReadIdSelection(const v1::JobIds& jobs, absl::string_view page_token,
                             Violations* violations);

// The `selector` and the `page_token` of CancelJobsRequest and RetryJobsRequest. INVALID_ARGUMENT.
template <typename Request>
absl::StatusOr<JobSelection> ReadSelection(absl::string_view method, const Caller& caller,
                                           const Request& request) {
  Violations violations;
  absl::StatusOr<JobSelection> selection = JobSelection();
  if (request.has_jobs()) {
    selection = ReadIdSelection(request.jobs(), request.page_token(), &violations);
  } else if (request.selector_case() == Request::kFilter) {
    selection = ReadFilterSelection(method, caller, request.filter(), EmptyFilter::kIsWrong,
                                    request.page_token(), &violations);
  } else {
    violations.Add("selector", "is missing; one of \"jobs\" and \"filter\" is required");
  }
  return violations.empty() ? selection : violations.ToStatus();
}

struct SelectedJobs {
  std::vector<JobNumber> jobs;   // in the order of the ids, or newest first
  std::vector<std::string> ids;  // of these jobs, where they were selected by ids
  int64_t missing = 0;           // ids of no job, or of another tenant's
  JobNumber next = 0;            // 0: there is no next page
};

// At most `max_jobs` that a filter finds; all of the ids. UNAVAILABLE, DATA_LOSS.
absl::StatusOr<SelectedJobs> FindSelected(PoolReader& reader, const Caller& caller,
                                          const JobSelection& selection, int max_jobs);

}  // namespace lull

#endif  // LULL_SERVER_READS_JOB_SELECTION_H_
