#include "server/rpc/unary_call.h"

#include <utility>

namespace lull {

bool UnaryCallBase::Fail(const absl::Status& status) {
  if (!Claim()) return false;
  EndClaimed(status);
  return true;
}

std::shared_ptr<const std::atomic<bool>> UnaryCallBase::ended() {
  return std::shared_ptr<const std::atomic<bool>>(shared_from_this(), &ended_);
}

void UnaryCallBase::EndClaimed(const absl::Status& status) { Finish(call_.End(status)); }

void UnaryCallBase::OnCancel() { Fail(ClientGoneError()); }

void UnaryCallBase::OnDone() {
  // The last one perhaps: nothing of the call may be touched after it.
  const std::shared_ptr<UnaryCallBase> self = std::move(self_);
}

}  // namespace lull
