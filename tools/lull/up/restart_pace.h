// Whether and when a child that ended is started again.
#ifndef LULL_TOOLS_LULL_UP_RESTART_PACE_H_
#define LULL_TOOLS_LULL_UP_RESTART_PACE_H_

#include <optional>

#include "absl/time/time.h"

namespace lull {

// Delays double from 200 ms to 30 s with each end, and begin anew after a minute of good service. A
// child that ends 20 times without such a minute, or 3 times in a row before it was ready, is not
// started again: something is wrong that starting it does not mend. Times are steady. Not
// thread-safe.
class RestartPace {
 public:
  void OnReady(absl::Duration now);

  // The child ended. How long to wait before it is started again; absent: not at all.
  std::optional<absl::Duration> OnEnd(absl::Duration now);

 private:
  // Absent: it is not ready.
  std::optional<absl::Duration> ready_since_;
  int ends_ = 0;
  int ends_before_ready_ = 0;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_UP_RESTART_PACE_H_
