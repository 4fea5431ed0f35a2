// The accelerated clock that other customers, outages, quotas of a day and prices live by. It can
// run faster than real time, and be set. Used by the server's thread alone.
#ifndef LULL_TOOLS_BUSY_API_VIRTUAL_CLOCK_H_
#define LULL_TOOLS_BUSY_API_VIRTUAL_CLOCK_H_

#include "absl/time/time.h"

namespace lull {

class VirtualClock {
 public:
  // Shows `start` at the steady time `now`, and goes on at real speed.
  VirtualClock(absl::Time start, absl::Duration now) : shown_(start), at_(now) {}

  absl::Time Now(absl::Duration now) const { return shown_ + (now - at_) * speed_; }

  // Goes on from what it shows now, without a jump.
  void SetSpeed(double speed, absl::Duration now) {
    if (speed == speed_) return;
    Set(Now(now), now);
    speed_ = speed;
  }
  void Set(absl::Time shown, absl::Duration now) {
    shown_ = shown;
    at_ = now;
  }

 private:
  absl::Time shown_;
  absl::Duration at_;  // steady
  double speed_ = 1;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_VIRTUAL_CLOCK_H_
