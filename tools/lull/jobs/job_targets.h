// The jobs that a command changes: ids, or all that match.
#ifndef LULL_TOOLS_LULL_JOBS_JOB_TARGETS_H_
#define LULL_TOOLS_LULL_JOBS_JOB_TARGETS_H_

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/lull/jobs/job_selection.h"
#include "tools/lull/session.h"

namespace lull {

// The arguments as they were typed.
struct JobTargets {
  std::vector<std::string> ids;
  JobSelection selection;

  // Whether it is a single job, named by its id.
  bool IsOne() const { return ids.size() == 1 && selection.IsEmpty(); }
};

// Adds JOB... and the options of selections to a command.
void AddTargetOptions(Command command, JobTargets& targets);

// INVALID_ARGUMENT: neither ids nor a selection, or both, or an option is wrong. Otherwise the
// filter; empty: the ids.
absl::StatusOr<std::string> CheckedFilterOf(const JobTargets& targets, absl::Time now);

// Makes a call that takes `jobs` or a `filter` for all of the targets, in as many pieces as it
// takes. `take` gets each reply; its first code that is not kOk ends it. The call is safe to
// repeat.
template <typename Request, typename Reply>
ExitCode ForTargets(Session& session, const Rpc<Request, Reply>& rpc, const JobTargets& targets,
                    const std::string& filter, const std::function<ExitCode(const Reply&)>& take) {
  constexpr size_t kIdsMax = 1000;
  Connection client(session);
  Request request;
  for (size_t next = 0;;) {
    if (filter.empty()) {
      const size_t end = std::min(next + kIdsMax, targets.ids.size());
      request.mutable_jobs()->clear_job_ids();
      for (; next < end; ++next) request.mutable_jobs()->add_job_ids(targets.ids[next]);
    } else {
      request.set_filter(filter);
    }
    const absl::StatusOr<Reply> reply = Persist(session, *client, rpc, request);
    if (!reply.ok()) return Fail(session, reply.status());
    const ExitCode code = take(*reply);
    if (code != ExitCode::kOk) return code;
    request.set_page_token(reply->next_page_token());
    if (reply->next_page_token().empty() && (!filter.empty() || next == targets.ids.size())) {
      return ExitCode::kOk;
    }
  }
}

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOBS_JOB_TARGETS_H_
