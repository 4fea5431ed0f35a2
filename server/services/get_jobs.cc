#include "server/services/get_jobs.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "server/api/convert_job.h"
#include "server/api/duration_check.h"
#include "server/api/field_check.h"
#include "server/api/job_rules.h"
#include "server/api/proto_time.h"
#include "server/api/violations.h"
#include "server/services/job_view.h"

namespace lull {
namespace {

// So that an answer at the call's own deadline still arrives in time.
constexpr absl::Duration kDeadlineMargin = absl::Milliseconds(200);

absl::Duration ReadTimeout(const v1::WaitJobRequest& request, absl::Duration call_time_left,
                           Violations* violations) {
  absl::Duration wait = kMaxLongPoll;
  if (request.has_timeout()) {
    if (const auto wrong = CheckNotNegative(request.timeout())) {
      violations->Add("timeout", *wrong);
      return wait;
    }
    wait = std::min(wait, *FromProtoDuration(request.timeout()));
  }
  return std::max(absl::ZeroDuration(), std::min(wait, call_time_left - kDeadlineMargin));
}

// Ends the call with the job or the error.
JobReads::JobDone AnswerJob(std::shared_ptr<UnaryCall<v1::Job>> call, JobDetail detail) {
  return OrFail(call, [call, detail](JobSnapshot job) {
    call->Answer([&job, detail](v1::Job* reply) { ToProto(job, detail, reply); });
  });
}

// What would make the reply too large comes in the BASIC view.
void FillJobs(const std::vector<absl::StatusOr<JobSnapshot>>& jobs,
              const std::vector<std::string>& ids, JobDetail detail,
              v1::BatchGetJobsResponse* reply) {
  int64_t bytes_left = kMaxReplyBytes;
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i].ok()) {
      reply->add_missing_job_ids(ids[i]);
      continue;
    }
    v1::Job* job = reply->add_jobs();
    ToProto(*jobs[i], detail, job);
    const int64_t bytes = static_cast<int64_t>(job->ByteSizeLong());
    if (bytes > bytes_left) {
      job->Clear();
      ToProto(*jobs[i], JobDetail::kBasic, job);
      bytes_left = 0;
    }
    bytes_left = std::max<int64_t>(0, bytes_left - bytes);
  }
}

}  // namespace

absl::Status GetJob(const ServiceParts& parts, std::shared_ptr<UnaryCall<v1::Job>> call,
                    const v1::GetJobRequest& request) {
  Violations violations;
  const JobDetail detail = ReadView(request.view(), JobDetail::kFull, &violations);
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  parts.reads->Get(call->caller(), {request.job_id()}, detail, AnswerJob(call, detail));
  return absl::OkStatus();
}

absl::Status BatchGetJobs(const ServiceParts& parts,
                          std::shared_ptr<UnaryCall<v1::BatchGetJobsResponse>> call,
                          const v1::BatchGetJobsRequest& request) {
  Violations violations;
  violations.AddIf("job_ids", CheckEntries(request.job_ids_size(), kMaxBatchCreate));
  const JobDetail detail = ReadView(request.view(), JobDetail::kBasic, &violations);
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  std::vector<std::string> ids(request.job_ids().begin(), request.job_ids().end());
  std::vector<JobRef> refs;
  for (const std::string& id : ids) refs.push_back({id});
  parts.reads->GetMany(
      call->caller(), std::move(refs), detail, kMaxReplyBytes,
      [call, detail, ids](std::vector<absl::StatusOr<JobSnapshot>> jobs) {
        for (const auto& job : jobs) {
          if (job.ok() || absl::IsNotFound(job.status())) continue;
          call->Fail(job.status());
          return;
        }
        call->Answer([&](v1::BatchGetJobsResponse* reply) { FillJobs(jobs, ids, detail, reply); });
      });
  return absl::OkStatus();
}

absl::Status WaitJob(const ServiceParts& parts, std::shared_ptr<UnaryCall<v1::Job>> call,
                     const v1::WaitJobRequest& request) {
  Violations violations;
  const JobDetail detail = ReadView(request.view(), JobDetail::kFull, &violations);
  const absl::Duration wait = ReadTimeout(request, call->TimeLeft(), &violations);
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  const auto await = [&parts, call, detail, wait, id = request.job_id()](JobNumber job) {
    const auto complete = [&parts, call, detail, job, id](AwaitReply awaited) {
      parts.reads->Complete({id, job}, std::move(awaited.live), detail, AnswerJob(call, detail));
    };
    const absl::Status posted = parts.loop->Post(Call<AwaitRequest, AwaitReply>{
        {call->caller(), job, wait, call->ended()}, OrFail(call, complete)});
    if (!posted.ok()) call->Fail(posted);
  };
  parts.reads->Find(call->caller(), request.job_id(), OrFail(call, await));
  return absl::OkStatus();
}

}  // namespace lull
