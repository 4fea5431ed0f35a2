// Who calls, and whether that caller may call this RPC. Any thread.
#ifndef LULL_SERVER_RPC_AUTHENTICATION_H_
#define LULL_SERVER_RPC_AUTHENTICATION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "server/engine/caller.h"
#include "server/rpc/rpc_method.h"

namespace lull {

// Without configured tokens everybody who reaches the port is the tenant "default", with every
// role.
absl::StatusOr<Caller> CallerOf(const grpc::ServerContextBase& context);

// PERMISSION_DENIED where the caller lacks the method's role, and for a method that states none.
absl::Status Authorize(const Caller& caller, const RpcMethod& method);

}  // namespace lull

#endif  // LULL_SERVER_RPC_AUTHENTICATION_H_
