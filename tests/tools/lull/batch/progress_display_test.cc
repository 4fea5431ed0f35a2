#include "tools/lull/batch/progress_display.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

RunProgress Progress(size_t answered, size_t total) {
  RunProgress progress;
  progress.answered = answered;
  progress.total = total;
  return progress;
}

TEST(ProgressLineTest, SaysWhatThereIsToSay) {
  const RunProgress progress = {.total = 500,
                                .answered = 312,
                                .failed = 2,
                                .running = 64,
                                .waiting = 122,
                                .waiting_for = "UPSTREAM_BUSY",
                                .refusals = 210};
  EXPECT_EQ(ProgressLine(progress, absl::Seconds(91), 0),
            "312/500 answered, 2 failed, ETA 1:31, 64 running, 122 waiting (UPSTREAM_BUSY), "
            "210 refusals met");
}

TEST(ProgressLineTest, LeavesOutWhatIsZeroAndTheEtaAtTheEnd) {
  EXPECT_EQ(ProgressLine(Progress(3, 5), std::nullopt, 0), "3/5 answered, ETA -:--");
  EXPECT_EQ(ProgressLine(Progress(5, 5), absl::Seconds(1), 0), "5/5 answered");
}

TEST(ProgressLineTest, DrawsABarThatFitsTheScreen) {
  EXPECT_EQ(ProgressLine(Progress(1, 4), absl::Seconds(9), 80),
            "[#####---------------] 1/4 answered, ETA 0:09");
  EXPECT_EQ(ProgressLine(Progress(1, 4), absl::Seconds(9), 30), "[#####---------------] 1/4 an…");
}

TEST(ClockTextTest, ShowsHoursOnlyWhenThereAreSome) {
  EXPECT_EQ(ClockText(absl::Seconds(5)), "0:05");
  EXPECT_EQ(ClockText(absl::Minutes(59) + absl::Seconds(59)), "59:59");
  EXPECT_EQ(ClockText(absl::Hours(25) + absl::Seconds(61)), "25:01:01");
}

TEST(EtaEstimateTest, FollowsThePaceOfTheLastMinute) {
  EtaEstimate eta;
  EXPECT_EQ(eta.Remaining(1000), std::nullopt);
  for (int second = 0; second <= 60; ++second) eta.Add(absl::Seconds(second), second);
  EXPECT_EQ(eta.Remaining(120), absl::Seconds(60));
  // Ten times as fast from now on.
  for (int second = 61; second <= 120; ++second) {
    eta.Add(absl::Seconds(second), 60 + 10 * (second - 60));
  }
  EXPECT_EQ(eta.Remaining(1060), absl::Seconds(40));
}

TEST(EtaEstimateTest, IsAbsentWhileNothingMoves) {
  EtaEstimate eta;
  for (int second = 0; second <= 10; ++second) eta.Add(absl::Seconds(second), 5);
  EXPECT_EQ(eta.Remaining(10), std::nullopt);
}

}  // namespace
}  // namespace lull
