#include "tests/testing/poll.h"

#include "base/clock.h"
#include "base/mutex.h"

namespace lull {

void Pause(absl::Duration duration) {
  Mutex mutex;
  CondVar never;
  const Clock& clock = SystemClock();
  const absl::Duration until = clock.Now().steady + duration;
  MutexLock lock(mutex);
  while (!clock.WaitUntil(never, mutex, until)) {
  }
}

bool PollUntil(absl::Duration limit, absl::FunctionRef<bool()> condition, absl::Duration every) {
  const Clock& clock = SystemClock();
  const absl::Duration until = clock.Now().steady + limit;
  while (true) {
    if (condition()) return true;
    if (clock.Now().steady >= until) return false;
    Pause(every);
  }
}

}  // namespace lull
