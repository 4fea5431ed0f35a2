#include "worker/event_loop.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/testing/fake_clock.h"
#include "tests/worker/gate.h"

namespace lull {
namespace {

class EventLoopTest : public testing::Test {
 protected:
  FakeClock clock_;
  EventLoop loop_{clock_};
  std::string ran_;
};

TEST_F(EventLoopTest, RunsTasksInTheirOrderAndThoseBeforeTheStop) {
  loop_.Post([this] { ran_ += "a"; });
  loop_.Post([this] {
    ran_ += "b";
    loop_.Post([this] { ran_ += "c"; });
    loop_.Stop();
  });
  loop_.Run();
  EXPECT_EQ(ran_, "abc");
}

TEST_F(EventLoopTest, TimersRunWhenTheirTimeHasComeInItsOrder) {
  loop_.PostAfter(absl::Seconds(3), [this] {
    ran_ += "3";
    loop_.Stop();
  });
  loop_.PostAfter(absl::Seconds(1), [this] { ran_ += "1"; });
  loop_.PostAfter(absl::Seconds(2), [this] { ran_ += "2"; });
  clock_.Advance(absl::Seconds(3));
  loop_.Run();
  EXPECT_EQ(ran_, "123");
}

TEST_F(EventLoopTest, ATimerDoesNotRunBeforeItsTime) {
  Gate early, late;
  loop_.PostAfter(absl::Seconds(1), [&] { late.Open(); });
  loop_.Post([&] { early.Open(); });
  std::thread thread([this] { loop_.Run(); });
  early.Pass();
  clock_.Advance(absl::Milliseconds(999));
  loop_.Post([&] { early.Open(); });
  early.Pass();
  EXPECT_FALSE(late.IsOpen());
  clock_.Advance(absl::Milliseconds(1));
  late.Pass();
  loop_.Stop();
  thread.join();
}

TEST_F(EventLoopTest, TimersAreNotWaitedForAtTheStop) {
  loop_.PostAfter(absl::Hours(1), [this] { ran_ += "never"; });
  loop_.Stop();
  loop_.Run();
  EXPECT_EQ(ran_, "");
}

TEST_F(EventLoopTest, WakesForATaskFromAnotherThread) {
  std::thread thread([this] { loop_.Run(); });
  Gate ran;
  loop_.Post([&] { ran.Open(); });
  ran.Pass();
  loop_.Stop();
  thread.join();
}

}  // namespace
}  // namespace lull
