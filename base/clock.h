// What time it is. Everything that needs the time takes an Instant or a Clock, so that tests decide
// what time it is; nothing outside base/ asks the system.
#ifndef LULL_BASE_CLOCK_H_
#define LULL_BASE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace lull {

// One moment on both clocks. `wall` is what people and other machines mean (deadlines, schedules,
// calendars) and may jump either way. `steady` only grows, at the pace of real time, since an
// origin that is fixed for the life of the process (leases, quotas, timeouts); it means nothing in
// another process.
struct Instant {
  absl::Time wall;
  absl::Duration steady;
};

// Called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual Instant Now() const = 0;

  absl::Time WallNow() const { return Now().wall; }

  // Waits until `condition` is signalled or this clock's steady time is `steady` or later; true if
  // it is later. May return early: wait in a while loop. absl::InfiniteDuration() waits for the
  // signal alone.
  virtual bool WaitUntil(CondVar& condition, Mutex& mutex, absl::Duration steady) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) = 0;
};

// The clock of the system, alive as long as the process.
const Clock& SystemClock();

}  // namespace lull

#endif  // LULL_BASE_CLOCK_H_
