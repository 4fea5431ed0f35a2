#include "tools/lull/job_tally.h"

#include <algorithm>

#include "proto/job.pb.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

bool IsRefusal(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_BUSY || outcome == v1::OUTCOME_RATE_LIMITED;
}

// As the states of attempts say it: these raise Job.attempt_count.
bool CostsAnAttempt(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_SERVER_ERROR:
    case v1::OUTCOME_TIMEOUT:
    case v1::OUTCOME_CONNECTION_FAILED:
    case v1::OUTCOME_TRUNCATED:
    case v1::OUTCOME_INVALID_RESPONSE:
    case v1::OUTCOME_UNKNOWN:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool HasEnded(const v1::Job& job) {
  switch (job.state()) {
    case v1::JOB_STATE_SUCCEEDED:
    case v1::JOB_STATE_FAILED:
    case v1::JOB_STATE_CANCELLED:
    case v1::JOB_STATE_EXPIRED:
      return true;
    default:
      return false;
  }
}

int64_t RefusalsOf(const v1::Job& job) {
  int64_t refused = 0;
  int64_t cost_listed = 0;
  for (const v1::Attempt& attempt : job.attempts()) {
    if (IsRefusal(attempt.outcome())) ++refused;
    if (CostsAnAttempt(attempt.outcome())) ++cost_listed;
  }
  const bool calling =
      job.state() == v1::JOB_STATE_RUNNING || job.state() == v1::JOB_STATE_CANCELLING;
  // In the BASIC view the call that goes on, or that ended the job, is not listed either.
  const bool last_unlisted =
      job.attempts().empty() && (calling || job.state() == v1::JOB_STATE_SUCCEEDED);
  const int64_t unlisted = job.dispatch_count() - job.attempts_size() - (last_unlisted ? 1 : 0);
  const int64_t cost_unlisted = job.attempt_count() - cost_listed;
  return refused + std::max<int64_t>(0, unlisted - std::max<int64_t>(0, cost_unlisted));
}

absl::Duration TimeToEnd(const v1::Job& job) {
  if (!job.has_end_time()) return absl::ZeroDuration();
  return ToTime(job.end_time()) - ToTime(job.create_time());
}

}  // namespace lull
