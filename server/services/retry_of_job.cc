#include "server/services/retry_of_job.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "proto/job.pb.h"
#include "server/api/quoted.h"
#include "server/api/request_key.h"
#include "server/api/rpc_error.h"

namespace lull {
namespace {

// What it had from the moment at which it could have started.
absl::Duration TimeThatItHad(const JobSpec& old, const JobEnded& ended) {
  const absl::Time begin = std::max(old.create_time, old.schedule_time);
  return std::clamp(ended.deadline - begin, absl::Seconds(1), kMaxAhead);
}

Bytes WithRetryOf(const Bytes& options, const JobId& id) {
  v1::Job settings;
  if (options) settings.ParseFromString(*options);
  settings.set_retry_of(id.ToString());
  return std::make_shared<const std::string>(settings.SerializeAsString());
}

}  // namespace

bool CanBeRetried(JobState state) {
  return state == JobState::kFailed || state == JobState::kCancelled || state == JobState::kExpired;
}

absl::StatusOr<NewJob> RetryOf(const JobSpec& old, const JobEnded& ended, const JobRules& rules) {
  const std::optional<int> route = rules.plan->RouteForModel(old.model);
  if (!route) {
    return RpcError(absl::StatusCode::kFailedPrecondition, "UNKNOWN_MODEL",
                    absl::StrCat("no route group serves the model ", Quoted(old.model), " of job ",
                                 old.id.ToString(), " any more"));
  }
  NewJob job;
  job.spec = std::make_shared<JobSpec>(old);
  JobSpec& spec = *job.spec;
  spec.number = 0;
  spec.id = JobId();
  spec.create_time = spec.schedule_time = spec.deadline = absl::InfinitePast();
  spec.class_name = ended.class_name;
  spec.priority = ended.priority;
  spec.route_group = rules.plan->route_groups[*route].name;
  spec.options = WithRetryOf(old.options, old.id);
  job.ttl = TimeThatItHad(old, ended);
  return job;
}

NewJob::RequestKey RetryKeyOf(const JobSpec& old) {
  const std::string id = old.id.ToString();
  return {RetryKeyOf(old.tenant, id), RetryContentHashOf(id)};
}

}  // namespace lull
