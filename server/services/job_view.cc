#include "server/services/job_view.h"

#include "absl/strings/str_cat.h"

namespace lull {

JobDetail ReadView(v1::JobView view, JobDetail unspecified, Violations* violations) {
  switch (view) {
    case v1::JOB_VIEW_UNSPECIFIED:
      return unspecified;
    case v1::JOB_VIEW_BASIC:
      return JobDetail::kBasic;
    case v1::JOB_VIEW_FULL:
      return JobDetail::kFull;
    default:
      break;
  }
  violations->Add("view",
                  absl::StrCat("is ", view, "; JOB_VIEW_BASIC and JOB_VIEW_FULL are allowed"));
  return unspecified;
}

}  // namespace lull
