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

absl::Duration UnaryCallBase::TimeLeft() const {
  const gpr_timespec deadline = context_->raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return absl::InfiniteDuration();
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
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
