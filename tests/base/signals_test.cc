#include "base/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <vector>

#include "base/mutex.h"

namespace lull {
namespace {

// What the handler was given, for a test to wait for.
class Received {
 public:
  void Add(int signal) {
    MutexLock lock(mutex_);
    signals_.push_back(signal);
    added_.SignalAll();
  }

  std::vector<int> Await(size_t count) {
    MutexLock lock(mutex_);
    while (signals_.size() < count) added_.Wait(mutex_);
    return signals_;
  }

 private:
  Mutex mutex_;
  CondVar added_;
  std::vector<int> signals_ ABSL_GUARDED_BY(mutex_);
};

// Signals stay blocked and their dispositions changed, so each case runs in a process of its own,
// which exits with 0 when all went as it should.
class SignalsTest : public testing::Test {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

[[noreturn]] void ReloadTwiceThenStop() {
  BlockSignals();
  Received received;
  {
    SignalThread signals([&](int signal) { received.Add(signal); });
    kill(getpid(), SIGHUP);
    received.Await(1);
    kill(getpid(), SIGHUP);
    received.Await(2);
    kill(getpid(), SIGTERM);
    received.Await(3);
    kill(getpid(), SIGHUP);
    received.Await(4);
  }
  _exit(received.Await(4) == std::vector<int>{SIGHUP, SIGHUP, SIGTERM, SIGHUP} ? 0 : 1);
}

[[noreturn]] void StopTwice(int first, int second, bool stuck) {
  BlockSignals();
  Received received;
  SignalThread signals([&](int signal) {
    received.Add(signal);
    while (stuck) pause();
  });
  kill(getpid(), first);
  received.Await(1);
  kill(getpid(), second);
  while (true) pause();
}

[[noreturn]] void WriteToAPipeThatNobodyReads() {
  BlockSignals();
  int ends[2];
  if (pipe(ends) != 0) _exit(1);
  close(ends[0]);
  const char byte = 0;
  _exit(write(ends[1], &byte, 1) == -1 ? 0 : 2);
}

TEST_F(SignalsTest, HandsSignalsToTheHandlerInTheirOrder) {
  EXPECT_EXIT(ReloadTwiceThenStop(), testing::ExitedWithCode(0), "");
}

TEST_F(SignalsTest, ASecondStopSignalEndsTheProcess) {
  EXPECT_EXIT(StopTwice(SIGTERM, SIGTERM, false), testing::ExitedWithCode(128 + SIGTERM), "");
  EXPECT_EXIT(StopTwice(SIGTERM, SIGINT, false), testing::ExitedWithCode(128 + SIGINT), "");
}

TEST_F(SignalsTest, ASecondStopSignalEndsTheProcessWhileTheHandlerHangs) {
  EXPECT_EXIT(StopTwice(SIGINT, SIGTERM, true), testing::ExitedWithCode(128 + SIGTERM), "");
}

TEST_F(SignalsTest, AClosedPipeDoesNotEndTheProcess) {
  EXPECT_EXIT(WriteToAPipeThatNobodyReads(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace lull
