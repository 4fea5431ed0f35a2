#include "base/clock.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "tests/testing/fake_clock.h"

namespace lull {
namespace {

TEST(SystemClockTest, SteadyTimeNeverGoesBack) {
  absl::Duration last = SystemClock().Now().steady;
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration steady = SystemClock().Now().steady;
    ASSERT_GE(steady, last);
    last = steady;
  }
}

TEST(SystemClockTest, WaitUntilIsOverWhenItsSteadyTimeIsReached) {
  Mutex mutex;
  CondVar condition;
  const absl::Duration deadline = SystemClock().Now().steady + absl::Milliseconds(20);
  MutexLock lock(mutex);
  while (!SystemClock().WaitUntil(condition, mutex, deadline)) {
  }
  EXPECT_GE(SystemClock().Now().steady, deadline);
}

TEST(SystemClockTest, WaitUntilAPastTimeReturnsAtOnce) {
  Mutex mutex;
  CondVar condition;
  MutexLock lock(mutex);
  EXPECT_TRUE(SystemClock().WaitUntil(condition, mutex, SystemClock().Now().steady));
  EXPECT_TRUE(SystemClock().WaitUntil(condition, mutex, -absl::InfiniteDuration()));
}

TEST(SystemClockTest, WaitWithoutEndIsWokenByASignal) {
  Mutex mutex;
  CondVar condition;
  bool ready = false;
  std::thread signaller([&] {
    MutexLock lock(mutex);
    ready = true;
    condition.Signal();
  });
  {
    MutexLock lock(mutex);
    while (!ready)
      EXPECT_FALSE(SystemClock().WaitUntil(condition, mutex, absl::InfiniteDuration()));
  }
  signaller.join();
}

TEST(FakeClockTest, AdvanceMovesBothClocksAndAJumpOnlyTheWall) {
  FakeClock clock;
  const Instant start = clock.Now();

  clock.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now().steady - start.steady, absl::Seconds(3));
  EXPECT_EQ(clock.WallNow() - start.wall, absl::Seconds(3));

  clock.JumpWall(-absl::Hours(1));
  EXPECT_EQ(clock.Now().steady - start.steady, absl::Seconds(3));
  EXPECT_EQ(clock.WallNow() - start.wall, absl::Seconds(3) - absl::Hours(1));
}

TEST(FakeClockTest, AWaitingThreadSeesTheClockAdvance) {
  FakeClock clock;
  Mutex mutex;
  CondVar condition;
  const absl::Duration deadline = clock.Now().steady + absl::Hours(5);
  std::thread waiter([&] {
    MutexLock lock(mutex);
    while (!clock.WaitUntil(condition, mutex, deadline)) {
    }
  });
  clock.Advance(absl::Hours(5));
  waiter.join();
}

}  // namespace
}  // namespace lull
