#include "server/services/watch_request.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/field_check.h"
#include "server/api/job_rules.h"
#include "server/api/job_values.h"
#include "server/api/violations.h"

namespace lull {
absl::StatusOr<WatchOrder> ToWatchOrder(const v1::WatchJobsRequest& request, const Caller& caller) {
  Violations violations;
  WatchOrder order;
  order.caller = caller;
  switch (request.selector_case()) {
    case v1::WatchJobsRequest::kJobs: {
      const auto& ids = request.jobs().job_ids();
      violations.AddIf("jobs.job_ids", CheckEntries(ids.size(), kMaxWatchedIds));
      order.job_ids.assign(ids.begin(), ids.end());
      std::sort(order.job_ids.begin(), order.job_ids.end());
      order.job_ids.erase(std::unique(order.job_ids.begin(), order.job_ids.end()),
                          order.job_ids.end());
      break;
    }
    case v1::WatchJobsRequest::kCreateLabels: {
      const auto& labels = request.create_labels().labels();
      if (labels.empty()) {
        violations.Add("create_labels.labels",
                       absl::StrCat("is empty; from 1 to ", kMaxLabels, " labels are allowed"));
      }
      order.create_labels = ReadLabels("create_labels.labels", labels, &violations);
      break;
    }
    case v1::WatchJobsRequest::kBatchId:
      violations.Add("batch_id", kUnsupported);
      break;
    case v1::WatchJobsRequest::SELECTOR_NOT_SET:
      violations.Add("selector", "is not set; one of jobs and create_labels is needed");
      break;
  }
  if (request.has_resume_after()) {
    if (request.resume_after() < 0) {
      violations.Add("resume_after", absl::StrCat("is ", request.resume_after(),
                                                  "; a number from 0 on is allowed"));
    }
    order.resume_after = request.resume_after();
  }
  order.include_response = request.include_response();
  order.include_output = request.include_output();
  order.until_terminal = request.until_terminal();
  if (request.until_terminal() && request.selector_case() == v1::WatchJobsRequest::kCreateLabels) {
    violations.Add("until_terminal",
                   "is only allowed with jobs: there may always be one more job"
                   " with these labels");
  }
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  return order;
}

}  // namespace lull
