#include "server/scheduler/adaptive_limit.h"

#include <algorithm>

namespace lull {
namespace {
constexpr double kDecrease = 0.8;
constexpr double kNear = 0.85;      // of the limit found before: from here on in smaller steps
constexpr double kNearStep = 0.25;  // of a call per round of answers
}  // namespace

void AdaptiveLimit::OnSuccess(int64_t in_flight) {
  const bool used = static_cast<double>(in_flight) >= limit_ * 0.75;
  if (!used) return;
  if (slow_start_) {
    limit_ += 1;  // doubles with every round of answers
  } else {
    limit_ += (limit_ >= found_ * kNear ? kNearStep : 1.0) / limit_;
  }
  limit_ = std::min({limit_, kMax, static_cast<double>(cap_)});
}

void AdaptiveLimit::OnBusy(absl::Duration started, absl::Duration now, std::optional<int64_t> cap) {
  if (cap) cap_ = std::max<int64_t>(1, *cap);
  slow_start_ = false;
  if (started >= decreased_) {
    found_ = limit_;
    limit_ *= kDecrease;
    decreased_ = now;
  }
  limit_ = std::max(1.0, std::min(limit_, static_cast<double>(cap_)));
}

void AdaptiveLimit::Restore(double limit, double found) {
  limit_ = std::clamp(limit, 1.0, kMax);
  found_ = std::clamp(found, 1.0, kMax);
  slow_start_ = false;
}

}  // namespace lull
