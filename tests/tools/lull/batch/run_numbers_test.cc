#include "tools/lull/batch/run_numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(EndTallyTest, AddsUp) {
  EndTally tally;
  tally.Add({0, "SUCCEEDED", 3, 2, 1.0});
  tally.Add({1, "SUCCEEDED", 1, 0, 2.0});
  tally.Add({2, "FAILED", 5, 4, 3.0});
  tally.Add({3, "EXPIRED", 0, 0, 4.0});
  const RunSummary summary = tally.Summary();
  EXPECT_EQ(summary.answered, 2u);
  EXPECT_THAT(summary.failed, ElementsAre(Pair("EXPIRED", 1u), Pair("FAILED", 1u)));
  EXPECT_EQ(summary.attempts, 9);
  EXPECT_EQ(summary.refusals, 6);
  EXPECT_EQ(summary.refusals_absorbed, 2);
}

TEST(EndTallyTest, TakesTimesFromAnsweredJobsOnly) {
  EndTally tally;
  for (int i = 100; i >= 1; --i) tally.Add({0, "SUCCEEDED", 1, 0, static_cast<double>(i)});
  tally.Add({0, "FAILED", 1, 0, 100000.0});
  const RunSummary summary = tally.Summary();
  EXPECT_EQ(summary.time_p50, absl::Seconds(50));
  EXPECT_EQ(summary.time_p95, absl::Seconds(95));
}

TEST(EndTallyTest, HasATimeForOneAnswerAndNoneForNone) {
  EndTally tally;
  EXPECT_EQ(tally.Summary().time_p95, absl::ZeroDuration());
  tally.Add({0, "SUCCEEDED", 1, 0, 7.0});
  EXPECT_EQ(tally.Summary().time_p50, absl::Seconds(7));
  EXPECT_EQ(tally.Summary().time_p95, absl::Seconds(7));
}

}  // namespace
}  // namespace lull
