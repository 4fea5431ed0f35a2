#include "server/services/retry_jobs.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/convert_job.h"
#include "server/api/field_check.h"
#include "server/api/request_key.h"
#include "server/api/rpc_error.h"
#include "server/reads/job_selection.h"
#include "server/services/create_jobs.h"
#include "server/services/retry_of_job.h"
#include "server/services/retry_run.h"

namespace lull {
namespace {

using JobCall = std::shared_ptr<UnaryCall<v1::Job>>;

absl::Status NotRetryable(const JobSnapshot& old) {
  v1::Job now;
  ToProto(old, JobDetail::kBasic, &now);
  return RpcError(absl::StatusCode::kFailedPrecondition, "JOB_NOT_RETRYABLE",
                  absl::StrCat("job ", now.id(), " is ", v1::JobState_Name(now.state()),
                               "; only a job that is JOB_STATE_FAILED, JOB_STATE_CANCELLED or "
                               "JOB_STATE_EXPIRED can be retried"));
}

absl::StatusOr<NewJob> RetryOf(const JobSnapshot& old, const std::string& request_id,
                               const JobRules& rules) {
  const auto* ended = std::get_if<JobEnded>(&old.now);
  if (ended == nullptr || !CanBeRetried(ended->state)) return NotRetryable(old);
  LULL_ASSIGN_OR_RETURN(NewJob job, lull::RetryOf(*old.spec, *ended, rules));
  job.also_key = RetryKeyOf(*old.spec);
  if (!request_id.empty()) {
    job.request_key = NewJob::RequestKey{RequestKeyOf(old.spec->tenant, request_id),
                                         RetryContentHashOf(old.spec->id.ToString())};
  }
  return job;
}

}  // namespace

absl::Status RetryJob(const ServiceParts& parts, JobCall call, const v1::RetryJobRequest& request) {
  Violations violations;
  violations.AddIf("request_id", CheckRequestId(request.request_id()));
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  const auto submit = [&parts, call, request_id = request.request_id()](JobSnapshot old) {
    absl::StatusOr<NewJob> job = RetryOf(old, request_id, parts.rules);
    if (!job.ok()) {
      call->Fail(job.status());
      return;
    }
    std::vector<NewJob> jobs;
    jobs.push_back(*std::move(job));
    const auto answer = [call](std::vector<v1::Job> created) {
      call->Answer([&](v1::Job* reply) { reply->Swap(&created.front()); });
    };
    const absl::Status posted =
        CreateJobs(parts, call->caller(), std::move(jobs), OrFail(call, answer));
    if (!posted.ok()) call->Fail(posted);
  };
  parts.reads->Get(call->caller(), {request.job_id()}, JobDetail::kFull, OrFail(call, submit));
  return absl::OkStatus();
}

absl::Status RetryJobs(const ServiceParts& parts, RetryRun::Call call,
                       const v1::RetryJobsRequest& request) {
  LULL_ASSIGN_OR_RETURN(JobSelection selection,
                        ReadSelection("RetryJobs", call->caller(), request));
  return std::make_shared<RetryRun>(parts, std::move(call), std::move(selection))->Start();
}

}  // namespace lull
