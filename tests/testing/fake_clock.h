// A clock that stands still until a test moves it. Called from any thread.
#ifndef LULL_TESTS_TESTING_FAKE_CLOCK_H_
#define LULL_TESTS_TESTING_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace lull {

class FakeClock final : public Clock {
 public:
  // Starts at a Monday noon in UTC, with a steady time unlike any difference of wall times.
  explicit FakeClock(absl::Time wall = absl::FromUnixSeconds(1'767'614'400))
      : now_{wall, absl::Hours(1000)} {}

  Instant Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }

  // Both clocks, as when real time passes. Not negative.
  void Advance(absl::Duration by) {
    MutexLock lock(mutex_);
    now_.wall += by;
    now_.steady += by;
  }

  // The wall clock alone, either way, as when somebody sets it.
  void JumpWall(absl::Duration by) {
    MutexLock lock(mutex_);
    now_.wall += by;
  }

  // Looks at the time again every millisecond of real time: Advance() cannot signal a stranger's
  // condition without racing its owner's end.
  bool WaitUntil(CondVar& condition, Mutex& mutex, absl::Duration steady) const override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (Now().steady < steady) condition.WaitFor(mutex, absl::Milliseconds(1));
    return Now().steady >= steady;
  }

 private:
  mutable Mutex mutex_;
  Instant now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_TESTS_TESTING_FAKE_CLOCK_H_
