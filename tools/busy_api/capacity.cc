#include "tools/busy_api/capacity.h"

#include <algorithm>

namespace lull {

bool Capacity::TryTake(int64_t slots) {
  if (taken_ >= slots) return false;
  ++taken_;
  return true;
}

void Capacity::Release() { --taken_; }

absl::Duration Capacity::Schedule(absl::Duration now, absl::Duration alone, int64_t tokens,
                                  double tokens_per_s) {
  if (tokens_per_s <= 0) return alone;
  flow_free_at_ =
      std::max(flow_free_at_, now) + absl::Seconds(static_cast<double>(tokens) / tokens_per_s);
  return std::max(alone, flow_free_at_ - now);
}

}  // namespace lull
