// The RPCs of JobService that are not offered yet.
#include "server/job_service.h"
#include "server/unimplemented.h"

namespace lull {

JobService::Unary* JobService::ListJobs(Context* context, const v1::ListJobsRequest*,
                                        v1::ListJobsResponse* reply) {
  return ServeUnimplemented(context, methods_.Get("ListJobs"), parts_, reply);
}

JobService::Unary* JobService::CancelJobs(Context* context, const v1::CancelJobsRequest*,
                                          v1::CancelJobsResponse* reply) {
  return ServeUnimplemented(context, methods_.Get("CancelJobs"), parts_, reply);
}

JobService::Unary* JobService::RetryJob(Context* context, const v1::RetryJobRequest*,
                                        v1::Job* reply) {
  return ServeUnimplemented(context, methods_.Get("RetryJob"), parts_, reply);
}

JobService::Unary* JobService::RetryJobs(Context* context, const v1::RetryJobsRequest*,
                                         v1::RetryJobsResponse* reply) {
  return ServeUnimplemented(context, methods_.Get("RetryJobs"), parts_, reply);
}

JobService::Unary* JobService::UpdateJob(Context* context, const v1::UpdateJobRequest*,
                                         v1::Job* reply) {
  return ServeUnimplemented(context, methods_.Get("UpdateJob"), parts_, reply);
}

JobService::Unary* JobService::DeleteJob(Context* context, const v1::DeleteJobRequest*,
                                         google::protobuf::Empty* reply) {
  return ServeUnimplemented(context, methods_.Get("DeleteJob"), parts_, reply);
}

JobService::Unary* JobService::PurgeJobs(Context* context, const v1::PurgeJobsRequest*,
                                         v1::PurgeJobsResponse* reply) {
  return ServeUnimplemented(context, methods_.Get("PurgeJobs"), parts_, reply);
}

JobService::Unary* JobService::EstimateJob(Context* context, const v1::EstimateJobRequest*,
                                           v1::EstimateJobResponse* reply) {
  return ServeUnimplemented(context, methods_.Get("EstimateJob"), parts_, reply);
}

}  // namespace lull
