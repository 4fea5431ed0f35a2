#include "server/services/job_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/convert_job.h"
#include "server/api/field_check.h"
#include "server/api/validate_job.h"
#include "server/api/violations.h"
#include "server/rpc/unary_call.h"
#include "server/services/cancel_jobs.h"
#include "server/services/create_jobs.h"
#include "server/services/delete_jobs.h"
#include "server/services/get_jobs.h"
#include "server/services/list_jobs.h"
#include "server/services/retry_jobs.h"
#include "server/services/submit_stream.h"
#include "server/services/update_job.h"
#include "server/services/watch_call.h"

namespace lull {
namespace {

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
    Violations violations;
    violations.AddIf("requests", CheckEntries(request->requests_size(), kMaxBatchCreate));
    LULL_RETURN_IF_ERROR(violations.ToStatus());
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
  return Serve(context, "GetJob", reply, [this, request](auto call) {
    return lull::GetJob(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::BatchGetJobs(Context* context,
                                            const v1::BatchGetJobsRequest* request,
                                            v1::BatchGetJobsResponse* reply) {
  return Serve(context, "BatchGetJobs", reply, [this, request](auto call) {
    return lull::BatchGetJobs(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::ListJobs(Context* context, const v1::ListJobsRequest* request,
                                        v1::ListJobsResponse* reply) {
  return Serve(context, "ListJobs", reply, [this, request](auto call) {
    return lull::ListJobs(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::WaitJob(Context* context, const v1::WaitJobRequest* request,
                                       v1::Job* reply) {
  return Serve(context, "WaitJob", reply, [this, request](auto call) {
    return lull::WaitJob(parts_, std::move(call), *request);
  });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* JobService::WatchJobs(Context* context,
                                                                  const grpc::ByteBuffer* request) {
  return WatchCall::Serve(context, *request, methods_.Get("WatchJobs"), parts_);
}

JobService::Unary* JobService::CancelJob(Context* context, const v1::CancelJobRequest* request,
                                         v1::Job* reply) {
  return Serve(context, "CancelJob", reply, [this, request](auto call) {
    return lull::CancelJob(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::CancelJobs(Context* context, const v1::CancelJobsRequest* request,
                                          v1::CancelJobsResponse* reply) {
  return Serve(context, "CancelJobs", reply, [this, request](auto call) {
    return lull::CancelJobs(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::RetryJob(Context* context, const v1::RetryJobRequest* request,
                                        v1::Job* reply) {
  return Serve(context, "RetryJob", reply, [this, request](auto call) {
    return lull::RetryJob(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::RetryJobs(Context* context, const v1::RetryJobsRequest* request,
                                         v1::RetryJobsResponse* reply) {
  return Serve(context, "RetryJobs", reply, [this, request](auto call) {
    return lull::RetryJobs(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::UpdateJob(Context* context, const v1::UpdateJobRequest* request,
                                         v1::Job* reply) {
  return Serve(context, "UpdateJob", reply, [this, request](auto call) {
    return lull::UpdateJob(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::DeleteJob(Context* context, const v1::DeleteJobRequest* request,
                                         google::protobuf::Empty* reply) {
  return Serve(context, "DeleteJob", reply, [this, request](auto call) {
    return lull::DeleteJob(parts_, std::move(call), *request);
  });
}

JobService::Unary* JobService::PurgeJobs(Context* context, const v1::PurgeJobsRequest* request,
                                         v1::PurgeJobsResponse* reply) {
  return Serve(context, "PurgeJobs", reply, [this, request](auto call) {
    return lull::PurgeJobs(parts_, std::move(call), *request);
  });
}

}  // namespace lull
