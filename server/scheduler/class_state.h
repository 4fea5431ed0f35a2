// What a quota class uses of its limits now, and whether its hold is on.
#ifndef LULL_SERVER_SCHEDULER_CLASS_STATE_H_
#define LULL_SERVER_SCHEDULER_CLASS_STATE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "server/scheduler/duration_quantile.h"
#include "server/scheduler/lane.h"
#include "server/scheduler/pending_reason.h"
#include "server/scheduler/plan.h"
#include "server/scheduler/sliding_window.h"

namespace lull {

class ClassState {
 public:
  explicit ClassState(const QuotaClass& quota) : quota_(&quota) {
    if (quota.requests) window_.emplace(*quota.requests);
  }

  // kNone: the class's own limits let a call start now.
  PendingReason Gate(absl::Duration steady_now);
  // When it opens by itself; InfiniteDuration if only an event opens it.
  absl::Duration OpensAt(absl::Duration steady_now);

  // Whether jobs of this class that are subject to the hold wait now. Remembers the answer until it
  // can change.
  bool IsHeld(absl::Time wall_now);
  // The wall time until which IsHeld's last answer is true.
  absl::Time hold_changes_at() const { return hold_until_; }

  void Start(absl::Duration steady_now) {
    ++running_;
    if (window_) {
      window_->Take(steady_now);
      window_changed_ = true;
    }
  }
  void Resume() { ++running_; }
  void SetPaused(bool paused) { paused_ = paused; }
  bool paused() const { return paused_; }
  void End() { --running_; }

  bool TakeWindowChanged() { return std::exchange(window_changed_, false); }
  SlidingWindow* window() { return window_ ? &*window_ : nullptr; }
  int64_t running() const { return running_; }
  const QuotaClass& quota() const { return *quota_; }

  DurationQuantile durations;    // of successful calls
  std::vector<LaneIndex> lanes;  // with something to run, unless a gate is shut

 private:
  const QuotaClass* quota_;
  std::optional<SlidingWindow> window_;
  bool window_changed_ = false;
  int64_t running_ = 0;
  bool paused_ = false;
  bool held_ = false;
  absl::Time hold_from_ = absl::InfiniteFuture();  // held_ is true of [hold_from_, hold_until_)
  absl::Time hold_until_ = absl::InfinitePast();
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_CLASS_STATE_H_
