// lull.v1.JobService: jobs for clients. Called on gRPC's threads; does not block.
#ifndef LULL_SERVER_SERVICES_JOB_SERVICE_H_
#define LULL_SERVER_SERVICES_JOB_SERVICE_H_

#include "proto/job_service.grpc.pb.h"
#include "server/rpc/rpc_method.h"
#include "server/services/service_parts.h"

namespace lull {

// A generated service with these of its WithCallbackMethod_ and WithRawCallbackMethod_ templates.
template <typename Rpcs, template <typename> class... Methods>
struct ServiceWith {
  using Type = typename Rpcs::Service;
};
template <typename Rpcs, template <typename> class First, template <typename> class... Rest>
struct ServiceWith<Rpcs, First, Rest...> {
  using Type = First<typename ServiceWith<Rpcs, Rest...>::Type>;
};

// v1::JobService::CallbackService, but with the streams' messages as bytes: those of WatchJobs are
// put together from parts that are encoded once for all who watch, and one of SubmitJobs that
// cannot be parsed gets an answer.
using JobRpcs = v1::JobService;
using RawStreamsJobService = ServiceWith<
    JobRpcs, JobRpcs::WithCallbackMethod_CreateJob, JobRpcs::WithCallbackMethod_BatchCreateJobs,
    JobRpcs::WithRawCallbackMethod_SubmitJobs, JobRpcs::WithCallbackMethod_GetJob,
    JobRpcs::WithCallbackMethod_BatchGetJobs, JobRpcs::WithCallbackMethod_ListJobs,
    JobRpcs::WithCallbackMethod_WaitJob, JobRpcs::WithRawCallbackMethod_WatchJobs,
    JobRpcs::WithCallbackMethod_CancelJob, JobRpcs::WithCallbackMethod_CancelJobs,
    JobRpcs::WithCallbackMethod_RetryJob, JobRpcs::WithCallbackMethod_RetryJobs,
    JobRpcs::WithCallbackMethod_UpdateJob, JobRpcs::WithCallbackMethod_DeleteJob,
    JobRpcs::WithCallbackMethod_PurgeJobs, JobRpcs::WithCallbackMethod_EstimateJob>::Type;

class JobService final : public RawStreamsJobService {
 public:
  // `parts` outlives the service.
  explicit JobService(const ServiceParts* parts);

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* CreateJob(Context* context, const v1::CreateJobRequest* request, v1::Job* reply) override;
  Unary* BatchCreateJobs(Context* context, const v1::BatchCreateJobsRequest* request,
                         v1::BatchCreateJobsResponse* reply) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SubmitJobs(
      Context* context) override;
  Unary* GetJob(Context* context, const v1::GetJobRequest* request, v1::Job* reply) override;
  Unary* BatchGetJobs(Context* context, const v1::BatchGetJobsRequest* request,
                      v1::BatchGetJobsResponse* reply) override;
  Unary* WaitJob(Context* context, const v1::WaitJobRequest* request, v1::Job* reply) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchJobs(Context* context,
                                                        const grpc::ByteBuffer* request) override;
  Unary* CancelJob(Context* context, const v1::CancelJobRequest* request, v1::Job* reply) override;
  Unary* ListJobs(Context* context, const v1::ListJobsRequest* request,
                  v1::ListJobsResponse* reply) override;
  Unary* CancelJobs(Context* context, const v1::CancelJobsRequest* request,
                    v1::CancelJobsResponse* reply) override;
  Unary* RetryJob(Context* context, const v1::RetryJobRequest* request, v1::Job* reply) override;
  Unary* RetryJobs(Context* context, const v1::RetryJobsRequest* request,
                   v1::RetryJobsResponse* reply) override;
  Unary* UpdateJob(Context* context, const v1::UpdateJobRequest* request, v1::Job* reply) override;
  Unary* DeleteJob(Context* context, const v1::DeleteJobRequest* request,
                   google::protobuf::Empty* reply) override;
  Unary* PurgeJobs(Context* context, const v1::PurgeJobsRequest* request,
                   v1::PurgeJobsResponse* reply) override;

  // Not offered yet.
  Unary* EstimateJob(Context* context, const v1::EstimateJobRequest* request,
                     v1::EstimateJobResponse* reply) override;

 private:
  template <typename Reply, typename Handler>
  Unary* Serve(Context* context, const char* method, Reply* reply, Handler handler);

  const ServiceParts& parts_;
  const RpcMethods methods_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_JOB_SERVICE_H_
