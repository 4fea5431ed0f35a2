// A clock that stands still until a test moves it, and knows when the one thread that waits on it
// has nothing left to do. So a test that speaks to an engine's loop takes turns with its thread:
// what the loop does for its store is the same in every run, and the store's files may be touched
// by the test while the loop is parked.
#ifndef LULL_TESTS_SERVER_ENGINE_PARKING_CLOCK_H_
#define LULL_TESTS_SERVER_ENGINE_PARKING_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "tests/testing/fake_clock.h"

namespace lull {

class ParkingClock final : public Clock {
 public:
  Instant Now() const override { return time_.Now(); }

  // Not negative. Whether there is something to do now is for the waiting thread to find out.
  void Advance(absl::Duration by) {
    MutexLock lock(mutex_);
    time_.Advance(by);
    parked_ = false;
  }

  // Until the thread waits for a time that is yet to come, or for being called. To be asked after
  // Advance(), and after an answer of the thread: an earlier wait is over then. False: it has been
  // busy for half a minute of real time.
  bool AwaitParked() const {
    constexpr absl::Duration kPatience = absl::Seconds(30);
    MutexLock lock(mutex_);
    while (!parked_) {
      if (changed_.WaitFor(mutex_, kPatience)) return parked_;
    }
    return true;
  }

  // As FakeClock, looks at the time again every now and then.
  bool WaitUntil(CondVar& condition, Mutex& mutex, absl::Duration steady) const override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (!Park(steady)) return true;
    condition.WaitFor(mutex, absl::Microseconds(200));
    MutexLock lock(mutex_);
    parked_ = false;
    return time_.Now().steady >= steady;
  }

 private:
  bool Park(absl::Duration until) const {
    MutexLock lock(mutex_);
    parked_ = time_.Now().steady < until;
    if (parked_) changed_.SignalAll();
    return parked_;
  }

  FakeClock time_;
  mutable Mutex mutex_;
  mutable CondVar changed_;
  mutable bool parked_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_PARKING_CLOCK_H_
