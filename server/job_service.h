// lull.v1.JobService: jobs for clients. Called on gRPC's threads; does not block.
#ifndef LULL_SERVER_JOB_SERVICE_H_
#define LULL_SERVER_JOB_SERVICE_H_

#include "proto/job_service.grpc.pb.h"
#include "server/rpc_method.h"
#include "server/service_parts.h"

namespace lull {

// With WatchJobs' messages as bytes: they are put together from parts that are encoded once for all
// who watch.
using RawWatchJobService =
    v1::JobService::WithRawCallbackMethod_WatchJobs<v1::JobService::CallbackService>;

class JobService final : public RawWatchJobService {
 public:
  // `parts` outlives the service.
  explicit JobService(const ServiceParts* parts);

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* CreateJob(Context* context, const v1::CreateJobRequest* request, v1::Job* reply) override;
  Unary* BatchCreateJobs(Context* context, const v1::BatchCreateJobsRequest* request,
                         v1::BatchCreateJobsResponse* reply) override;
  Unary* GetJob(Context* context, const v1::GetJobRequest* request, v1::Job* reply) override;
  Unary* BatchGetJobs(Context* context, const v1::BatchGetJobsRequest* request,
                      v1::BatchGetJobsResponse* reply) override;
  Unary* WaitJob(Context* context, const v1::WaitJobRequest* request, v1::Job* reply) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchJobs(Context* context,
                                                        const grpc::ByteBuffer* request) override;
  Unary* CancelJob(Context* context, const v1::CancelJobRequest* request, v1::Job* reply) override;

  // Not offered yet.
  grpc::ServerBidiReactor<v1::SubmitJobsRequest, v1::SubmitJobsResponse>* SubmitJobs(
      Context* context) override;
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
  Unary* EstimateJob(Context* context, const v1::EstimateJobRequest* request,
                     v1::EstimateJobResponse* reply) override;

 private:
  template <typename Reply, typename Handler>
  Unary* Serve(Context* context, const char* method, Reply* reply, Handler handler);

  const ServiceParts& parts_;
  const RpcMethods methods_;
};

}  // namespace lull

#endif  // LULL_SERVER_JOB_SERVICE_H_
