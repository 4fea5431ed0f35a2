// lull.v1.BatchService, of which nothing is offered yet.
#ifndef LULL_SERVER_SERVICES_BATCH_SERVICE_H_
#define LULL_SERVER_SERVICES_BATCH_SERVICE_H_

#include "proto/batch_service.grpc.pb.h"
#include "server/rpc/rpc_method.h"
#include "server/services/service_parts.h"

namespace lull {

class BatchService final : public v1::BatchService::CallbackService {
 public:
  // `parts` outlives the service.
  explicit BatchService(const ServiceParts* parts);

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  Unary* CreateBatch(Context* context, const v1::CreateBatchRequest* request,
                     v1::Batch* reply) override;
  Unary* GetBatch(Context* context, const v1::GetBatchRequest* request, v1::Batch* reply) override;
  Unary* ListBatches(Context* context, const v1::ListBatchesRequest* request,
                     v1::ListBatchesResponse* reply) override;
  Unary* CloseBatch(Context* context, const v1::CloseBatchRequest* request,
                    v1::Batch* reply) override;
  Unary* CancelBatch(Context* context, const v1::CancelBatchRequest* request,
                     v1::Batch* reply) override;

 private:
  const ServiceParts& parts_;
  const RpcMethods methods_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_BATCH_SERVICE_H_
