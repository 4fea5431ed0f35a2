#include "tools/lull/interruption.h"

#include <gtest/gtest.h>

#include <thread>

namespace lull {
namespace {

TEST(InterruptionTest, EndsAWait) {
  Interruption interruption;
  EXPECT_FALSE(interruption.WaitFor(absl::Milliseconds(1)));
  std::thread stop([&] { interruption.Stop(); });
  EXPECT_TRUE(interruption.WaitFor(absl::Hours(1)));
  stop.join();
  EXPECT_TRUE(interruption.stopped());
  EXPECT_TRUE(interruption.WaitFor(absl::Hours(1))) << "at once";
}

TEST(InterruptionTest, CallsEachRegisteredActionOnce) {
  Interruption interruption;
  int calls = 0;
  int forgotten_calls = 0;
  const auto registration = interruption.OnStop([&] { ++calls; });
  {
    const auto forgotten = interruption.OnStop([&] { ++forgotten_calls; });
  }
  interruption.Stop();
  interruption.Stop();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(forgotten_calls, 0);
}

TEST(InterruptionTest, CallsAnActionThatComesTooLate) {
  Interruption interruption;
  interruption.Stop();
  int calls = 0;
  const auto registration = interruption.OnStop([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace lull
