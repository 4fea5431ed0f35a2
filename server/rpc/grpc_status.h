// The one mapping from the project's statuses to gRPC's.
#ifndef LULL_SERVER_RPC_GRPC_STATUS_H_
#define LULL_SERVER_RPC_GRPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace lull {

// With the details of ToRpcStatus in `grpc-status-details-bin`.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace lull

#endif  // LULL_SERVER_RPC_GRPC_STATUS_H_
