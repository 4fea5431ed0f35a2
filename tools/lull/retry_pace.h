// How long to wait between tries of a call that is safe to repeat.
#ifndef LULL_TOOLS_LULL_RETRY_PACE_H_
#define LULL_TOOLS_LULL_RETRY_PACE_H_

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace lull {

// Random times whose upper end doubles from 200 ms to 3 s, so that the clients of a server that
// restarts do not come back all at once. Not thread-safe.
class RetryPace {
 public:
  absl::Duration Next();

  // After a success: begins anew.
  void Reset();

 private:
  absl::BitGen random_;
  absl::Duration upper_ = absl::ZeroDuration();
};

// Whether a call of Client failed for a reason that may pass: the server is away, restarts, is
// slow, or cannot say whether it committed. The call may have taken effect.
bool MayPass(const absl::Status& status);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_RETRY_PACE_H_
