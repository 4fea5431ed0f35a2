// lull.v1.AdminService: the server as its operators see it. Called on gRPC's threads; does not
// block.
#ifndef LULL_SERVER_SERVICES_ADMIN_SERVICE_H_
#define LULL_SERVER_SERVICES_ADMIN_SERVICE_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "proto/admin_service.grpc.pb.h"
#include "server/engine/command.h"
#include "server/rpc/rpc_method.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  // `parts` outlives the service.
  explicit AdminService(const ServiceParts* parts);

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* GetOverview(Context* context, const v1::GetOverviewRequest* request,
                     v1::Overview* reply) override;
  Unary* ListWorkers(Context* context, const v1::ListWorkersRequest* request,
                     v1::ListWorkersResponse* reply) override;
  Unary* PauseClass(Context* context, const v1::PauseClassRequest* request,
                    v1::ClassStatus* reply) override;
  Unary* ResumeClass(Context* context, const v1::ResumeClassRequest* request,
                     v1::ClassStatus* reply) override;
  Unary* DrainWorker(Context* context, const v1::DrainWorkerRequest* request,
                     v1::WorkerStatus* reply) override;
  Unary* GetUsage(Context* context, const v1::GetUsageRequest* request,
                  v1::GetUsageResponse* reply) override;
  grpc::ServerWriteReactor<v1::BackupProgress>* Backup(Context* context,
                                                       const v1::BackupRequest* request) override;

  // Not offered yet.
  Unary* SetClassLimits(Context* context, const v1::SetClassLimitsRequest* request,
                        v1::ClassStatus* reply) override;
  Unary* PauseUpstream(Context* context, const v1::PauseUpstreamRequest* request,
                       v1::UpstreamStatus* reply) override;
  Unary* ResumeUpstream(Context* context, const v1::ResumeUpstreamRequest* request,
                        v1::UpstreamStatus* reply) override;
  Unary* GetQuietHours(Context* context, const v1::GetQuietHoursRequest* request,
                       v1::QuietHoursStatus* reply) override;
  grpc::ServerReadReactor<v1::ImportCallsRequest>* ImportCalls(
      Context* context, v1::ImportCallsResponse* reply) override;

 private:
  template <typename Reply, typename Handler>
  Unary* Serve(Context* context, const char* method, Reply* reply, Handler handler);
  // Ends `call` with what `fill(stats, reply)` makes of the engine's numbers.
  template <typename Reply, typename Fill>
  absl::Status AnswerStats(std::shared_ptr<UnaryCall<Reply>> call, Fill fill,
                           int32_t max_lanes = 0);
  // Pauses or resumes a class and ends the call with the class as it is then.
  absl::Status SetPaused(std::shared_ptr<UnaryCall<v1::ClassStatus>> call,
                         PauseClassRequest request);

  const ServiceParts& parts_;
  const RpcMethods methods_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_ADMIN_SERVICE_H_
