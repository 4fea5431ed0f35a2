#include "server/rpc/rpc_call.h"

#include "base/status_macros.h"
#include "server/api/rpc_error.h"
#include "server/rpc/authentication.h"
#include "server/rpc/grpc_status.h"

namespace lull {

RpcCall::RpcCall(grpc::CallbackServerContext* context, const RpcMethod* method, const Clock* clock,
                 RpcObserver* observer)
    : context_(context),
      method_(method),
      clock_(clock),
      observer_(observer),
      start_(clock->Now().steady) {
  observer_->OnRpcStarted(*method_);
}

absl::Status RpcCall::Admit() {
  LULL_ASSIGN_OR_RETURN(caller_, CallerOf(*context_));
  return Authorize(caller_, *method_);
}

// gRPC's deadlines are the system's times, whatever clock the server runs on.
absl::Duration RpcCall::TimeLeft() const {
  return absl::FromChrono(context_->deadline()) - SystemClock().WallNow();
}

grpc::Status RpcCall::End(const absl::Status& status) {
  observer_->OnRpcEnded(*method_, status.code(), clock_->Now().steady - start_);
  return ToGrpcStatus(status);
}

absl::Status ClientGoneError() {
  return RpcError(absl::StatusCode::kCancelled, "CLIENT_GONE", "the client has gone away");
}

}  // namespace lull
