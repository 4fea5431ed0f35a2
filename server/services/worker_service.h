// lull.v1.WorkerService: leases and reports. Called on gRPC's threads; does not block.
#ifndef LULL_SERVER_SERVICES_WORKER_SERVICE_H_
#define LULL_SERVER_SERVICES_WORKER_SERVICE_H_

#include "proto/worker_service.grpc.pb.h"
#include "server/rpc/rpc_method.h"
#include "server/services/service_parts.h"

namespace lull {

class WorkerService final : public v1::WorkerService::CallbackService {
 public:
  // `parts` outlives the service.
  explicit WorkerService(const ServiceParts* parts);

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* LeaseJobs(Context* context, const v1::LeaseJobsRequest* request,
                   v1::LeaseJobsResponse* reply) override;
  Unary* RenewLeases(Context* context, const v1::RenewLeasesRequest* request,
                     v1::RenewLeasesResponse* reply) override;
  Unary* FinishAttempts(Context* context, const v1::FinishAttemptsRequest* request,
                        v1::FinishAttemptsResponse* reply) override;
  Unary* ReleaseLeases(Context* context, const v1::ReleaseLeasesRequest* request,
                       v1::ReleaseLeasesResponse* reply) override;
  Unary* ReportProgress(Context* context, const v1::ReportProgressRequest* request,
                        v1::ReportProgressResponse* reply) override;

 private:
  template <typename Reply, typename Handler>
  Unary* Serve(Context* context, const char* method, Reply* reply, Handler handler);

  const ServiceParts& parts_;
  const RpcMethods methods_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_WORKER_SERVICE_H_
