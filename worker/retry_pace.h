// How long to wait between tries of a call to the server that is safe to repeat.
#ifndef LULL_WORKER_RETRY_PACE_H_
#define LULL_WORKER_RETRY_PACE_H_

#include <algorithm>

#include "absl/random/random.h"
#include "absl/time/time.h"

namespace lull {

// Random times whose upper end doubles from 100 ms to 2 s, so that the workers of a server that
// restarts do not come back all at once, nor late. Not thread-safe.
class RetryPace {
 public:
  absl::Duration Next() {
    upper_ = std::clamp(2 * upper_, absl::Milliseconds(100), absl::Seconds(2));
    const int64_t upper = absl::ToInt64Microseconds(upper_);
    return absl::Microseconds(absl::Uniform(absl::IntervalClosed, random_, upper / 2, upper));
  }

  // After a success: begins anew.
  void Reset() { upper_ = absl::ZeroDuration(); }

 private:
  absl::BitGen random_;
  absl::Duration upper_ = absl::ZeroDuration();
};

}  // namespace lull

#endif  // LULL_WORKER_RETRY_PACE_H_
