#include "server/scheduler/adaptive_limit.h"

#include <deque>

#include "gtest/gtest.h"

namespace lull {
namespace {

TEST(AdaptiveLimitTest, DoublesWithEachRoundUntilTheFirstRefusal) {
  AdaptiveLimit limit;
  const int64_t before = limit.calls();
  for (int64_t i = 0; i < before; ++i) limit.OnSuccess(limit.calls());
  EXPECT_EQ(limit.calls(), 2 * before);
}

TEST(AdaptiveLimitTest, DoesNotGrowWhileUnused) {
  AdaptiveLimit limit;
  for (int i = 0; i < 100; ++i) limit.OnSuccess(1);
  EXPECT_EQ(limit.value(), AdaptiveLimit::kStart);
}

TEST(AdaptiveLimitTest, CrowdOfRefusalsCountsOnce) {
  AdaptiveLimit limit;
  const double before = limit.value();
  for (int i = 0; i < 8; ++i) limit.OnBusy(absl::Seconds(1), absl::Seconds(2), std::nullopt);
  EXPECT_DOUBLE_EQ(limit.value(), before * 0.8);
  limit.OnBusy(absl::Seconds(2), absl::Seconds(3), std::nullopt);
  EXPECT_DOUBLE_EQ(limit.value(), before * 0.8 * 0.8);
}

TEST(AdaptiveLimitTest, NeverFallsBelowOneCall) {
  AdaptiveLimit limit;
  for (int i = 0; i < 100; ++i) limit.OnBusy(absl::Seconds(i), absl::Seconds(i), std::nullopt);
  EXPECT_EQ(limit.calls(), 1);
}

TEST(AdaptiveLimitTest, ObeysACapThatTheProviderNames) {
  AdaptiveLimit limit;
  for (int i = 0; i < 100; ++i) limit.OnSuccess(10'000);
  ASSERT_GT(limit.calls(), 39);
  limit.OnBusy(absl::Seconds(1), absl::Seconds(1), 39);
  EXPECT_EQ(limit.calls(), 39);
  for (int i = 0; i < 1000; ++i) limit.OnSuccess(10'000);
  EXPECT_EQ(limit.calls(), 39);
}

// A server with 20 slots, always as many calls as the limit allows: few refusals, and most slots
// used.
TEST(AdaptiveLimitTest, SettlesJustBelowWhatTheServerTakes) {
  constexpr int64_t kSlots = 20;
  AdaptiveLimit limit;
  struct Running {
    absl::Duration started;
    absl::Duration ends;
  };
  std::deque<Running> running;
  int64_t answered = 0;
  int64_t refused = 0;
  for (int step = 0; step < 60'000; ++step) {
    const absl::Duration now = absl::Milliseconds(step);
    while (!running.empty() && running.front().ends <= now) {
      limit.OnSuccess(static_cast<int64_t>(running.size()));
      running.pop_front();
      ++answered;
    }
    while (static_cast<int64_t>(running.size()) < limit.calls()) {
      if (static_cast<int64_t>(running.size()) >= kSlots) {
        limit.OnBusy(now, now, std::nullopt);
        ++refused;
      } else {
        running.push_back({now, now + absl::Milliseconds(100)});
      }
    }
  }
  const double possible = 60'000.0 / 100 * kSlots;
  EXPECT_GT(answered / possible, 0.85);
  EXPECT_LT(static_cast<double>(refused) / (answered + refused), 0.05);
}

}  // namespace
}  // namespace lull
