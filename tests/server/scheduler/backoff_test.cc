#include "server/scheduler/backoff.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

constexpr BackoffPolicy kPolicy{absl::Seconds(1), absl::Seconds(10)};

TEST(BackoffTest, CeilingDoublesUpToTheCap) {
  const int expected[] = {1, 2, 4, 8, 10, 10, 10};
  for (int round = 0; round < 7; ++round) {
    EXPECT_EQ(BackoffDelay(kPolicy, round, 0.5, absl::ZeroDuration()),
              absl::Seconds(expected[round]) / 2)
        << round;
  }
  EXPECT_EQ(BackoffDelay(kPolicy, 1'000'000, 0.5, absl::ZeroDuration()), absl::Seconds(5));
}

TEST(BackoffTest, JitterIsFull) {
  EXPECT_EQ(BackoffDelay(kPolicy, 3, 0.0, absl::ZeroDuration()), absl::ZeroDuration());
  EXPECT_LT(BackoffDelay(kPolicy, 3, 0.999, absl::ZeroDuration()), absl::Seconds(8));
}

TEST(BackoffTest, ProvidersWishIsObeyedInFull) {
  EXPECT_EQ(BackoffDelay(kPolicy, 0, 0.0, absl::Hours(2)), absl::Hours(2));
  EXPECT_GE(BackoffDelay(kPolicy, 0, 0.9, absl::Seconds(30)), absl::Seconds(30));
}

}  // namespace
}  // namespace lull
