// Admits at most N grants in any window of a length W, wherever the window is laid (a fixed window
// admits 2N around its edge). Exact: remembers when each grant of the last W was made, at most N
// times.
//
// Uses steady time, so a clock that is set cannot open it. Across restarts the times are saved
// against the wall clock, rounded up to W/256: what is restored is never earlier than what was
// granted, so the limit still holds.
#ifndef LULL_SERVER_SCHEDULER_SLIDING_WINDOW_H_
#define LULL_SERVER_SCHEDULER_SLIDING_WINDOW_H_

#include <cstdint>
#include <deque>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/scheduler/plan.h"

namespace lull {

class SlidingWindow {
 public:
  explicit SlidingWindow(RateLimit limit) : limit_(limit) {}

  // Whether one more grant may be made now.
  bool HasRoom(absl::Duration steady_now);
  void Take(absl::Duration steady_now);

  // The steady time at which there is room again; steady_now if there is.
  absl::Duration NextRoom(absl::Duration steady_now);

  int64_t used(absl::Duration steady_now);
  const RateLimit& limit() const { return limit_; }

  // At most 256 runs of (time, count).
  std::string Save(Instant now) const;
  // Adds what Save gave. INVALID_ARGUMENT if it did not. Times in the future count as now.
  absl::Status Restore(absl::string_view saved, Instant now);

 private:
  struct Run {  // grants at one time
    absl::Duration at;
    int64_t count;
  };
  void Forget(absl::Duration steady_now);

  RateLimit limit_;
  std::deque<Run> runs_;  // in order of time; the counts add up to used_
  int64_t used_ = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_SLIDING_WINDOW_H_
