// The RPCs of AdminService that are not offered yet.
#include "server/services/admin_service.h"
#include "server/services/unimplemented.h"

namespace lull {

AdminService::Unary* AdminService::SetClassLimits(Context* context,
                                                  const v1::SetClassLimitsRequest*,
                                                  v1::ClassStatus* reply) {
  return ServeUnimplemented(context, methods_.Get("SetClassLimits"), parts_, reply);
}

AdminService::Unary* AdminService::PauseUpstream(Context* context, const v1::PauseUpstreamRequest*,
                                                 v1::UpstreamStatus* reply) {
  return ServeUnimplemented(context, methods_.Get("PauseUpstream"), parts_, reply);
}

AdminService::Unary* AdminService::ResumeUpstream(Context* context,
                                                  const v1::ResumeUpstreamRequest*,
                                                  v1::UpstreamStatus* reply) {
  return ServeUnimplemented(context, methods_.Get("ResumeUpstream"), parts_, reply);
}

AdminService::Unary* AdminService::GetQuietHours(Context* context, const v1::GetQuietHoursRequest*,
                                                 v1::QuietHoursStatus* reply) {
  return ServeUnimplemented(context, methods_.Get("GetQuietHours"), parts_, reply);
}

grpc::ServerReadReactor<v1::ImportCallsRequest>* AdminService::ImportCalls(
    Context*, v1::ImportCallsResponse*) {
  using Reactor = grpc::ServerReadReactor<v1::ImportCallsRequest>;
  return new UnimplementedStream<Reactor>(methods_.Get("ImportCalls"), parts_);
}

}  // namespace lull
