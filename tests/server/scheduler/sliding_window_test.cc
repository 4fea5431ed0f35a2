#include "server/scheduler/sliding_window.h"

#include <random>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

constexpr RateLimit kTenPerMinute{10, absl::Minutes(1)};

// The most grants in any half-open window of this length, by brute force.
int64_t MostInAnyWindow(const std::vector<absl::Duration>& grants, absl::Duration window) {
  int64_t most = 0;
  for (size_t first = 0; first < grants.size(); ++first) {
    size_t last = first;
    while (last < grants.size() && grants[last] < grants[first] + window) ++last;
    most = std::max<int64_t>(most, static_cast<int64_t>(last - first));
  }
  return most;
}

TEST(SlidingWindowTest, NeverAdmitsMoreThanTheLimitInAnyWindow) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    SlidingWindow window(kTenPerMinute);
    std::vector<absl::Duration> grants;
    absl::Duration now = absl::Hours(5);
    for (int i = 0; i < 2000; ++i) {
      now += absl::Milliseconds(random() % 4000);
      if (!window.HasRoom(now)) continue;
      window.Take(now);
      grants.push_back(now);
    }
    EXPECT_EQ(MostInAnyWindow(grants, absl::Minutes(1)), 10) << "seed " << seed;
  }
}

TEST(SlidingWindowTest, AdmitsAgainAtTheMomentItNames) {
  SlidingWindow window({2, absl::Seconds(10)});
  window.Take(absl::Seconds(100));
  window.Take(absl::Seconds(103));
  EXPECT_FALSE(window.HasRoom(absl::Seconds(105)));
  EXPECT_EQ(window.NextRoom(absl::Seconds(105)), absl::Seconds(110));
  EXPECT_FALSE(window.HasRoom(absl::Seconds(110) - absl::Nanoseconds(1)));
  EXPECT_TRUE(window.HasRoom(absl::Seconds(110)));
}

// A restart at any moment, with the wall clock as it may be: still never more than the limit.
TEST(SlidingWindowTest, KeepsTheLimitAcrossRestarts) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    auto window = std::make_unique<SlidingWindow>(kTenPerMinute);
    std::vector<absl::Duration> grants;
    absl::Duration real = absl::Hours(5);
    const absl::Time wall_origin = absl::FromUnixSeconds(1'700'000'000);
    absl::Duration steady_origin = absl::ZeroDuration();
    for (int i = 0; i < 2000; ++i) {
      real += absl::Microseconds(random() % 3'000'000);
      if (random() % 50 == 0) {
        const std::string saved = window->Save({wall_origin + real, steady_origin + real});
        window = std::make_unique<SlidingWindow>(kTenPerMinute);
        steady_origin = absl::Seconds(random() % 1000);
        ASSERT_TRUE(window->Restore(saved, {wall_origin + real, steady_origin + real}).ok());
      }
      if (!window->HasRoom(steady_origin + real)) continue;
      window->Take(steady_origin + real);
      grants.push_back(real);
    }
    EXPECT_LE(MostInAnyWindow(grants, absl::Minutes(1)), 10) << "seed " << seed;
    EXPECT_GT(grants.size(), 200u);
  }
}

TEST(SlidingWindowTest, WhatIsSavedStaysSmall) {
  SlidingWindow window({1'000'000, absl::Minutes(1)});
  for (int i = 0; i < 200'000; ++i) window.Take(absl::Microseconds(int64_t{i} * 300));
  const std::string saved = window.Save({absl::UnixEpoch() + absl::Hours(1), absl::Seconds(60)});
  EXPECT_LT(saved.size(), 8192u);
  SlidingWindow restored({1'000'000, absl::Minutes(1)});
  ASSERT_TRUE(
      restored.Restore(saved, {absl::UnixEpoch() + absl::Hours(1), absl::Seconds(60)}).ok());
  EXPECT_EQ(restored.used(absl::Seconds(60)), window.used(absl::Seconds(60)));
}

TEST(SlidingWindowTest, RefusesWhatItDidNotSave) {
  SlidingWindow window(kTenPerMinute);
  const Instant now{absl::UnixEpoch(), absl::ZeroDuration()};
  for (const char* saved : {"x", "1", "1:", ":1", "1:-1", "1:1,,x:2"}) {
    EXPECT_FALSE(window.Restore(saved, now).ok()) << saved;
  }
  EXPECT_TRUE(window.Restore("", now).ok());
  EXPECT_EQ(window.used(absl::ZeroDuration()), 0);
}

TEST(SlidingWindowTest, SavedTimesInTheFutureCountAsNow) {
  SlidingWindow window({1, absl::Seconds(10)});
  const Instant now{absl::FromUnixSeconds(1000), absl::Seconds(50)};
  ASSERT_TRUE(window.Restore("2000000000:1", now).ok());
  EXPECT_EQ(window.NextRoom(now.steady), absl::Seconds(60));
}

}  // namespace
}  // namespace lull
