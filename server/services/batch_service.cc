#include "server/services/batch_service.h"

#include "server/services/unimplemented.h"

namespace lull {

BatchService::BatchService(const ServiceParts* parts)
    : parts_(*parts),
      methods_(v1::CreateBatchRequest::descriptor()->file()->FindServiceByName("BatchService")) {}

BatchService::Unary* BatchService::CreateBatch(Context* context, const v1::CreateBatchRequest*,
                                               v1::Batch* reply) {
  return ServeUnimplemented(context, methods_.Get("CreateBatch"), parts_, reply);
}

BatchService::Unary* BatchService::GetBatch(Context* context, const v1::GetBatchRequest*,
                                            v1::Batch* reply) {
  return ServeUnimplemented(context, methods_.Get("GetBatch"), parts_, reply);
}

BatchService::Unary* BatchService::ListBatches(Context* context, const v1::ListBatchesRequest*,
                                               v1::ListBatchesResponse* reply) {
  return ServeUnimplemented(context, methods_.Get("ListBatches"), parts_, reply);
}

BatchService::Unary* BatchService::CloseBatch(Context* context, const v1::CloseBatchRequest*,
                                              v1::Batch* reply) {
  return ServeUnimplemented(context, methods_.Get("CloseBatch"), parts_, reply);
}

BatchService::Unary* BatchService::CancelBatch(Context* context, const v1::CancelBatchRequest*,
                                               v1::Batch* reply) {
  return ServeUnimplemented(context, methods_.Get("CancelBatch"), parts_, reply);
}

}  // namespace lull
