#include "tools/lull/up/restart_pace.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

TEST(RestartPaceTest, GrowsWithEachEnd) {
  RestartPace pace;
  absl::Duration now = absl::ZeroDuration();
  absl::Duration delay = absl::Milliseconds(200);
  for (int i = 0; i < 12; ++i) {
    pace.OnReady(now);
    now += absl::Seconds(1);
    EXPECT_EQ(pace.OnEnd(now), delay) << i;
    delay = std::min(2 * delay, absl::Seconds(30));
  }
}

TEST(RestartPaceTest, BeginsAnewAfterAMinuteOfService) {
  RestartPace pace;
  pace.OnReady(absl::ZeroDuration());
  EXPECT_EQ(pace.OnEnd(absl::Seconds(1)), absl::Milliseconds(200));
  pace.OnReady(absl::Seconds(2));
  EXPECT_EQ(pace.OnEnd(absl::Seconds(61.9)), absl::Milliseconds(400));
  pace.OnReady(absl::Seconds(70));
  EXPECT_EQ(pace.OnEnd(absl::Seconds(130)), absl::Milliseconds(200));
}

TEST(RestartPaceTest, GivesUpOnAProgramThatNoLongerGetsReady) {
  RestartPace pace;
  pace.OnReady(absl::ZeroDuration());
  EXPECT_TRUE(pace.OnEnd(absl::Seconds(1)).has_value());
  EXPECT_TRUE(pace.OnEnd(absl::Seconds(2)).has_value());
  EXPECT_TRUE(pace.OnEnd(absl::Seconds(3)).has_value());
  EXPECT_FALSE(pace.OnEnd(absl::Seconds(4)).has_value());
}

TEST(RestartPaceTest, GivesUpOnAProgramThatEndsAgainAndAgain) {
  RestartPace pace;
  for (int i = 1; i < 20; ++i) {
    pace.OnReady(absl::Seconds(40 * i));
    EXPECT_TRUE(pace.OnEnd(absl::Seconds(40 * i + 10)).has_value()) << i;
  }
  pace.OnReady(absl::Seconds(800));
  EXPECT_FALSE(pace.OnEnd(absl::Seconds(810)).has_value());
}

}  // namespace
}  // namespace lull
