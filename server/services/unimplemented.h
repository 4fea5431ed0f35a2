// Answers for the RPCs of the API that this version does not offer yet: UNIMPLEMENTED with the
// RPC's name and an ErrorInfo, instead of gRPC's empty message.
#ifndef LULL_SERVER_SERVICES_UNIMPLEMENTED_H_
#define LULL_SERVER_SERVICES_UNIMPLEMENTED_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/support/server_callback.h"
#include "server/api/rpc_error.h"
#include "server/rpc/grpc_status.h"
#include "server/rpc/rpc_method.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

inline absl::Status UnimplementedError(const RpcMethod& method) {
  return RpcError(absl::StatusCode::kUnimplemented, "UNIMPLEMENTED",
                  absl::StrCat(method.name, " is not offered by this version of the server"));
}

template <typename Reply>
grpc::ServerUnaryReactor* ServeUnimplemented(grpc::CallbackServerContext* context,
                                             const RpcMethod& method, const ServiceParts& parts,
                                             Reply* reply) {
  return ServeUnary(context, method, *parts.clock, *parts.observer, reply,
                    [&method](const auto&) { return UnimplementedError(method); });
}

// A stream that ends before it begins. `Reactor` is a gRPC reactor of any streaming kind.
template <typename Reactor>
class UnimplementedStream final : public Reactor {
 public:
  UnimplementedStream(const RpcMethod& method, const ServiceParts& parts) {
    parts.observer->OnRpcStarted(method);
    parts.observer->OnRpcEnded(method, absl::StatusCode::kUnimplemented, absl::ZeroDuration());
    this->Finish(ToGrpcStatus(UnimplementedError(method)));
  }
  void OnDone() override { delete this; }
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_UNIMPLEMENTED_H_
