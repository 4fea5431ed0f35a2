#include "server/job_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/convert_job.h"
#include "server/create_jobs.h"
#include "server/duration_check.h"
#include "server/proto_time.h"
#include "server/quoted.h"
#include "server/rpc_error.h"
#include "server/submit_stream.h"
#include "server/unary_call.h"
#include "server/unimplemented.h"
#include "server/validate_job.h"
#include "server/violations.h"
#include "server/watch_call.h"

namespace lull {
namespace {

// So that an answer at the call's own deadline still arrives in time.
constexpr absl::Duration kDeadlineMargin = absl::Milliseconds(200);

absl::StatusOr<JobDetail> DetailOf(v1::JobView view, JobDetail unspecified) {
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
  Violations violations;
  violations.Add("view", absl::StrCat("is ", view,
                                      "; JOB_VIEW_BASIC and JOB_VIEW_FULL are"
                                      " allowed"));
  return violations.ToStatus();
}

absl::StatusOr<absl::Duration> WaitOf(const v1::WaitJobRequest& request,
                                      absl::Duration call_time_left) {
  absl::Duration wait = kMaxLongPoll;
  if (request.has_timeout()) {
    if (const auto wrong = CheckNotNegative(request.timeout())) {
      Violations violations;
      violations.Add("timeout", *wrong);
      return violations.ToStatus();
    }
    wait = std::min(wait, *FromProtoDuration(request.timeout()));
  }
  return std::max(absl::ZeroDuration(), std::min(wait, call_time_left - kDeadlineMargin));
}

absl::Status CheckCount(absl::string_view field, int count, int max) {
  if (count >= 1 && count <= max) return absl::OkStatus();
  Violations violations;
  violations.Add(field, absl::StrCat("has ", count, " entries; from 1 to ", max, " are allowed"));
  return violations.ToStatus();
}

using JobCall = std::shared_ptr<UnaryCall<v1::Job>>;

// Ends the call with the job or the error.
JobReads::JobDone AnswerJob(JobCall call, JobDetail detail) {
  return OrFail(call, [call, detail](JobSnapshot job) {
    call->Answer([&job, detail](v1::Job* reply) { ToProto(job, detail, reply); });
  });
}

// The same; an error if the job had ended before, other than by being cancelled.
JobReads::JobDone AnswerCancelled(JobCall call, bool was_live) {
  return OrFail(call, [call, was_live](JobSnapshot job) {
    v1::Job result;
    ToProto(job, JobDetail::kBasic, &result);
    if (!was_live && result.state() != v1::JOB_STATE_CANCELLED) {
      call->Fail(RpcError(
          absl::StatusCode::kFailedPrecondition, "JOB_ENDED",
          absl::StrCat("job ", result.id(), " has ended as ", v1::JobState_Name(result.state()),
                       "; only a job that has not ended can be cancelled")));
      return;
    }
    call->Answer([&result](v1::Job* reply) { reply->Swap(&result); });
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

// What a job would be: it has neither id nor times yet.
void PlannedJobToProto(const NewJob& job, v1::Job* proto) {
  NewJobToProto(*job.spec, proto);
  proto->clear_id();
}

}  // namespace

JobService::JobService(const ServiceParts* parts)
    : parts_(*parts),
      methods_(v1::GetJobRequest::descriptor()->file()->FindServiceByName("JobService")) {}

template <typename Reply, typename Handler>
JobService::Unary* JobService::Serve(Context* context, const char* method, Reply* reply,
                                     Handler handler) {
  return ServeUnary(context, methods_.Get(method), *parts_.clock, *parts_.observer, reply,
                    std::move(handler));
}

JobService::Unary* JobService::CreateJob(Context* context, const v1::CreateJobRequest* request,
                                         v1::Job* reply) {
  return Serve(context, "CreateJob", reply, [this, request](auto call) -> absl::Status {
    Violations violations;
    NewJob job = ValidateJob(*request, parts_.rules, call->caller(), parts_.clock->WallNow(), "",
                             &violations);
    LULL_RETURN_IF_ERROR(violations.ToStatus());
    if (request->validate_only()) {
      call->Answer([&job](v1::Job* reply) { PlannedJobToProto(job, reply); });
      return absl::OkStatus();
    }
    std::vector<NewJob> jobs;
    jobs.push_back(std::move(job));
    return CreateJobs(parts_, call->caller(), std::move(jobs),
                      OrFail(call, [call](std::vector<v1::Job> created) {
                        call->Answer([&](v1::Job* reply) { reply->Swap(&created.front()); });
                      }));
  });
}

JobService::Unary* JobService::BatchCreateJobs(Context* context,
                                               const v1::BatchCreateJobsRequest* request,
                                               v1::BatchCreateJobsResponse* reply) {
  return Serve(context, "BatchCreateJobs", reply, [this, request](auto call) -> absl::Status {
    LULL_RETURN_IF_ERROR(CheckCount("requests", request->requests_size(), kMaxBatchCreate));
    Violations violations;
    std::vector<NewJob> jobs;
    const bool validate_only = request->requests(0).validate_only();
    for (int i = 0; i < request->requests_size(); ++i) {
      const std::string prefix = absl::StrCat("requests[", i, "].");
      jobs.push_back(ValidateJob(request->requests(i), parts_.rules, call->caller(),
                                 parts_.clock->WallNow(), prefix, &violations));
      if (request->requests(i).validate_only() != validate_only) {
        violations.Add(absl::StrCat(prefix, "validate_only"),
                       "differs from the first request's; it has to be the same in all of them");
      }
    }
    LULL_RETURN_IF_ERROR(violations.ToStatus());
    if (validate_only) {
      call->Answer([&jobs](v1::BatchCreateJobsResponse* reply) {
        for (const NewJob& job : jobs) PlannedJobToProto(job, reply->add_jobs());
      });
      return absl::OkStatus();
    }
    return CreateJobs(parts_, call->caller(), std::move(jobs),
                      OrFail(call, [call](std::vector<v1::Job> created) {
                        call->Answer([&created](v1::BatchCreateJobsResponse* reply) {
                          for (v1::Job& job : created) reply->add_jobs()->Swap(&job);
                        });
                      }));
  });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* JobService::SubmitJobs(
    Context* context) {
  return SubmitStream::Start(context, methods_.Get("SubmitJobs"), parts_);
}

JobService::Unary* JobService::GetJob(Context* context, const v1::GetJobRequest* request,
                                      v1::Job* reply) {
  return Serve(context, "GetJob", reply, [this, request](auto call) -> absl::Status {
    LULL_ASSIGN_OR_RETURN(const JobDetail detail, DetailOf(request->view(), JobDetail::kFull));
    parts_.reads->Get(call->caller(), {request->job_id()}, detail, AnswerJob(call, detail));
    return absl::OkStatus();
  });
}

JobService::Unary* JobService::BatchGetJobs(Context* context,
                                            const v1::BatchGetJobsRequest* request,
                                            v1::BatchGetJobsResponse* reply) {
  return Serve(context, "BatchGetJobs", reply, [this, request](auto call) -> absl::Status {
    LULL_RETURN_IF_ERROR(CheckCount("job_ids", request->job_ids_size(), kMaxBatchCreate));
    LULL_ASSIGN_OR_RETURN(const JobDetail detail, DetailOf(request->view(), JobDetail::kBasic));
    std::vector<std::string> ids(request->job_ids().begin(), request->job_ids().end());
    std::vector<JobRef> refs;
    for (const std::string& id : ids) refs.push_back({id});
    parts_.reads->GetMany(call->caller(), std::move(refs), detail, kMaxReplyBytes,
                          [call, detail, ids](std::vector<absl::StatusOr<JobSnapshot>> jobs) {
                            for (const auto& job : jobs) {
                              if (job.ok() || absl::IsNotFound(job.status())) continue;
                              call->Fail(job.status());
                              return;
                            }
                            call->Answer([&](v1::BatchGetJobsResponse* reply) {
                              FillJobs(jobs, ids, detail, reply);
                            });
                          });
    return absl::OkStatus();
  });
}

JobService::Unary* JobService::WaitJob(Context* context, const v1::WaitJobRequest* request,
                                       v1::Job* reply) {
  return Serve(context, "WaitJob", reply, [this, request](auto call) -> absl::Status {
    LULL_ASSIGN_OR_RETURN(const JobDetail detail, DetailOf(request->view(), JobDetail::kFull));
    LULL_ASSIGN_OR_RETURN(const absl::Duration wait, WaitOf(*request, call->TimeLeft()));
    const auto await = [this, call, detail, wait](JobNumber job) {
      const auto complete = [this, call, detail, job](AwaitReply awaited) {
        parts_.reads->Complete(job, std::move(awaited.live), detail, AnswerJob(call, detail));
      };
      const absl::Status posted = parts_.loop->Post(Call<AwaitRequest, AwaitReply>{
          {call->caller(), job, wait, call->ended()}, OrFail(call, complete)});
      if (!posted.ok()) call->Fail(posted);
    };
    parts_.reads->Find(call->caller(), request->job_id(), OrFail(call, await));
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* JobService::WatchJobs(Context* context,
                                                                  const grpc::ByteBuffer* request) {
  return WatchCall::Serve(context, *request, methods_.Get("WatchJobs"), parts_);
}

JobService::Unary* JobService::CancelJob(Context* context, const v1::CancelJobRequest* request,
                                         v1::Job* reply) {
  return Serve(context, "CancelJob", reply, [this, request](auto call) -> absl::Status {
    const auto cancel = [this, call](JobNumber job) {
      const auto complete = [this, call, job](CancelReply cancelled) {
        parts_.reads->Complete(job, std::move(cancelled.live), JobDetail::kBasic,
                               AnswerCancelled(call, cancelled.was_live));
      };
      const absl::Status posted = parts_.loop->Post(
          Call<CancelRequest, CancelReply>{{call->caller(), job}, OrFail(call, complete)});
      if (!posted.ok()) call->Fail(posted);
    };
    parts_.reads->Find(call->caller(), request->job_id(), OrFail(call, cancel));
    return absl::OkStatus();
  });
}

}  // namespace lull
