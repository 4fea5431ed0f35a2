#include "server/scheduler/class_state.h"

namespace lull {

PendingReason ClassState::Gate(absl::Duration steady_now) {
  if (paused_) return PendingReason::kClassPaused;
  if (quota_->concurrency && running_ >= *quota_->concurrency) {
    return PendingReason::kConcurrencyLimit;
  }
  if (window_ && !window_->HasRoom(steady_now)) return PendingReason::kRateLimit;
  return PendingReason::kNone;
}

absl::Duration ClassState::OpensAt(absl::Duration steady_now) {
  if (paused_) return absl::InfiniteDuration();
  if (quota_->concurrency && running_ >= *quota_->concurrency) return absl::InfiniteDuration();
  return window_ ? window_->NextRoom(steady_now) : steady_now;
}

bool ClassState::IsHeld(absl::Time wall_now) {
  if (!quota_->quiet_hours) return false;
  if (wall_now >= hold_until_ || wall_now < hold_from_) {
    const absl::Time close = quota_->quiet_hours->NextClose(wall_now);
    held_ = close == wall_now;
    hold_from_ = wall_now;
    hold_until_ = held_ ? quota_->quiet_hours->NextOpen(wall_now) : close;
  }
  return held_;
}

}  // namespace lull
