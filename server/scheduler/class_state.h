// What a quota class uses of its limits now, and whether its hold is on.
#ifndef LULL_SERVER_SCHEDULER_CLASS_STATE_H_
#define LULL_SERVER_SCHEDULER_CLASS_STATE_H_

#include <algorithm>
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

  // The guaranteed share, counted over grants: each grant to anybody gives every class that has
  // something to run its share of a grant, and takes a whole one from the class that got it. A
  // class that has saved up one goes before all others, so a share far below one call at a time
  // still comes round.
  void EarnShare() { credit_ = std::min(credit_ + quota_->guaranteed_share, kMaxCredit); }
  void SpendShare() { credit_ = std::max(credit_ - 1, 0.0); }
  void LoseShare() { credit_ = 0; }  // it had nothing to run: nothing is saved up for later
  bool IsOwed() const { return credit_ >= 1; }

  // Whether it has its greatest share already, of this many calls at a time.
  bool IsAtMaxShare(int64_t capacity) const {
    return quota_->max_share < 1 &&
           running_ >= std::max<int64_t>(1, static_cast<int64_t>(quota_->max_share *
                                                                 static_cast<double>(capacity)));
  }

  DurationQuantile durations;    // of successful calls
  std::vector<LaneIndex> lanes;  // with something to run, unless a gate is shut

 private:
  const QuotaClass* quota_;
  std::optional<SlidingWindow> window_;
  bool window_changed_ = false;
  static constexpr double kMaxCredit = 2;
  int64_t running_ = 0;
  double credit_ = 0;
  bool paused_ = false;
  bool held_ = false;
  absl::Time hold_from_ = absl::InfiniteFuture();  // held_ is true of [hold_from_, hold_until_)
  absl::Time hold_until_ = absl::InfinitePast();
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_CLASS_STATE_H_
