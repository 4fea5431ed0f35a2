#include "tools/loadgen/histogram.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

TEST(Histogram, QuantilesAreWithinOnePercentAndNeverTooSmall) {
  Histogram histogram;
  for (int64_t us = 1; us <= 1'000'000; ++us) histogram.Add(absl::Microseconds(us));
  for (double share : {0.001, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = share * 1e6;
    const double found = absl::ToDoubleMicroseconds(histogram.Quantile(share));
    EXPECT_GE(found, exact) << share;
    EXPECT_LE(found, exact * 1.01 + 1) << share;
  }
  EXPECT_EQ(histogram.Quantile(1), absl::Seconds(1));
  EXPECT_EQ(histogram.max(), absl::Seconds(1));
  EXPECT_EQ(histogram.count(), 1'000'000);
}

TEST(Histogram, SmallOnesAreExactAndExtremesAreKeptWithinBounds) {
  Histogram histogram;
  histogram.Add(absl::Microseconds(-5));
  histogram.Add(absl::Microseconds(7), 2);
  histogram.Add(absl::Hours(30));
  EXPECT_EQ(histogram.Quantile(0.25), absl::ZeroDuration());
  EXPECT_EQ(histogram.Quantile(0.5), absl::Microseconds(7));
  EXPECT_EQ(histogram.Quantile(1), absl::Hours(1));
}

TEST(Histogram, AddsUpAndIsZeroWhenEmpty) {
  Histogram sum;
  EXPECT_EQ(sum.Quantile(0.99), absl::ZeroDuration());
  Histogram one, other;
  one.Add(absl::Milliseconds(1), 99);
  other.Add(absl::Milliseconds(500));
  sum.Add(one);
  sum.Add(other);
  EXPECT_EQ(sum.count(), 100);
  EXPECT_LT(sum.Quantile(0.99), absl::Milliseconds(2));
  EXPECT_EQ(sum.Quantile(0.995), absl::Milliseconds(500));
}

}  // namespace
}  // namespace lull
