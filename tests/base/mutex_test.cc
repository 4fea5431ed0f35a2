#include "base/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace lull {
namespace {

struct Counter {
  Mutex mutex;
  CondVar condition;
  int value ABSL_GUARDED_BY(mutex) = 0;
};

TEST(MutexTest, HoldersExcludeEachOther) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 10'000;
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        MutexLock lock(counter.mutex);
        ++counter.value;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(counter.mutex);
  EXPECT_EQ(counter.value, kThreads * kRounds);
}

TEST(CondVarTest, SignalAllWakesEveryWaiter) {
  constexpr int kThreads = 4;
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      MutexLock lock(counter.mutex);
      while (counter.value == 0) counter.condition.Wait(counter.mutex);
    });
  }
  {
    MutexLock lock(counter.mutex);
    counter.value = 1;
    counter.condition.SignalAll();
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(CondVarTest, WaitForGivesTheMutexUpAndTakesItBack) {
  Counter counter;
  std::thread other;
  {
    MutexLock lock(counter.mutex);
    other = std::thread([&] {
      MutexLock other_lock(counter.mutex);
      counter.value = 1;
      counter.condition.Signal();
    });
    while (counter.value == 0) counter.condition.WaitFor(counter.mutex, absl::InfiniteDuration());
  }
  other.join();
}

TEST(CondVarTest, WaitForSaysThatTheTimeIsOver) {
  Counter counter;
  MutexLock lock(counter.mutex);
  EXPECT_TRUE(counter.condition.WaitFor(counter.mutex, absl::ZeroDuration()));
  EXPECT_TRUE(counter.condition.WaitFor(counter.mutex, -absl::InfiniteDuration()));
  while (!counter.condition.WaitFor(counter.mutex, absl::Milliseconds(5))) {
  }
}

}  // namespace
}  // namespace lull
