#include "server/reads/job_selection.h"

#include <utility>

#include "base/status_macros.h"
#include "server/api/field_check.h"
#include "server/api/job_filter_text.h"
#include "server/api/job_rules.h"
#include "server/reads/job_reads.h"

namespace lull {

std::string JobSelection::PageTokenFor(JobNumber next) const {
  return next == 0 ? "" : MakePageToken(scope, next);
}

absl::StatusOr<JobSelection> ReadFilterSelection(absl::string_view method, const Caller& caller,
                                                 absl::string_view filter, EmptyFilter empty,
                                                 absl::string_view page_token,
                                                 Violations* violations) {
  JobSelection selection;
  absl::StatusOr<JobFilter> parsed = ParseJobFilter(filter);
  if (!parsed.ok()) {
    violations->Add("filter", parsed.status().message());
    return selection;
  }
  selection.filter = *std::move(parsed);
  selection.scope = {std::string(method), caller.tenant, JobFilterText(selection.filter)};
  if (empty == EmptyFilter::kIsWrong && selection.filter == JobFilter()) {
    violations->Add("filter",
                    "is empty, which would mean every job; a comparison is required, e.g. "
                    "state != SUCCEEDED");
  }
  if (page_token.empty()) return selection;
  LULL_ASSIGN_OR_RETURN(selection.before, ReadPageToken(selection.scope, page_token));
  return selection;
}

JobSelection ReadIdSelection(const v1::JobIds& jobs, absl::string_view page_token,
                             Violations* violations) {
  violations->AddIf("jobs.job_ids", CheckEntries(jobs.job_ids_size(), kMaxBatchCreate));
  if (!page_token.empty()) {
    violations->Add("page_token", "is set together with \"jobs\"; it goes only with \"filter\"");
  }
  JobSelection selection;
  selection.ids.assign(jobs.job_ids().begin(), jobs.job_ids().end());
  return selection;
}

absl::StatusOr<SelectedJobs> FindSelected(PoolReader& reader, const Caller& caller,
                                          const JobSelection& selection, int max_jobs) {
  SelectedJobs selected;
  for (const std::string& id : selection.ids) {
    const absl::StatusOr<JobNumber> number = FindJobNumber(reader, caller.tenant, id);
    if (number.ok()) {
      selected.jobs.push_back(*number);
      selected.ids.push_back(id);
    } else if (absl::IsNotFound(number.status())) {
      ++selected.missing;
    } else {
      return number.status();
    }
  }
  if (!selection.ids.empty()) return selected;
  const JobReader::Query query{caller.tenant, selection.before, selection.filter, max_jobs,
                               kMaxLookedAt};
  LULL_ASSIGN_OR_RETURN(JobReader::Page page,
                        reader.Do([&query](JobReader& store) { return store.QueryJobs(query); }));
  selected.jobs = std::move(page.jobs);
  selected.next = page.next;
  return selected;
}

}  // namespace lull
