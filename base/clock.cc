#include "base/clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace lull {
namespace {

class RealClock final : public Clock {
 public:
  Instant Now() const override {
    return {absl::Now(), absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch())};
  }

  bool WaitUntil(CondVar& condition, Mutex& mutex, absl::Duration steady) const override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return condition.WaitFor(mutex, steady - Now().steady);
  }
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

}  // namespace lull
