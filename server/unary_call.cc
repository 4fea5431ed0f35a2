#include "server/unary_call.h"

#include <utility>

#include "base/status_macros.h"
#include "server/authentication.h"
#include "server/grpc_status.h"
#include "server/rpc_error.h"

namespace lull {

UnaryCallBase::UnaryCallBase(grpc::CallbackServerContext* context, const RpcMethod* method,
                             const Clock* clock, RpcObserver* observer)
    : context_(context),
      method_(method),
      clock_(clock),
      observer_(observer),
      start_(clock->Now().steady) {
  observer_->OnRpcStarted(*method_);
}

absl::Status UnaryCallBase::Admit() {
  LULL_ASSIGN_OR_RETURN(caller_, CallerOf(*context_));
  return Authorize(caller_, *method_);
}

// gRPC's deadlines are the system's times, whatever clock the server runs on.
absl::Duration UnaryCallBase::TimeLeft() const {
  return absl::FromChrono(context_->deadline()) - SystemClock().WallNow();
}

bool UnaryCallBase::Fail(const absl::Status& status) {
  if (!Claim()) return false;
  EndClaimed(status);
  return true;
}

std::shared_ptr<const std::atomic<bool>> UnaryCallBase::ended() {
  return std::shared_ptr<const std::atomic<bool>>(shared_from_this(), &ended_);
}

void UnaryCallBase::EndClaimed(const absl::Status& status) {
  observer_->OnRpcEnded(*method_, status.code(), clock_->Now().steady - start_);
  Finish(ToGrpcStatus(status));
}

void UnaryCallBase::OnCancel() {
  Fail(RpcError(absl::StatusCode::kCancelled, "CLIENT_GONE", "the client has gone away"));
}

void UnaryCallBase::OnDone() {
  // The last one perhaps: nothing of the call may be touched after it.
  const std::shared_ptr<UnaryCallBase> self = std::move(self_);
}

}  // namespace lull
