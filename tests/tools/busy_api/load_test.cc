// Capacity, other customers, outages and the prompt cache: what makes the provider busy.

#include <cmath>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/busy_api/capacity.h"
#include "tools/busy_api/hash.h"
#include "tools/busy_api/other_customers.h"
#include "tools/busy_api/outage.h"
#include "tools/busy_api/prompt_cache.h"
#include "tools/busy_api/virtual_clock.h"

namespace lull {
namespace {

// A Monday, midnight in UTC.
const absl::Time kMonday = absl::FromUnixSeconds(1'767'571'200);

TEST(CapacityTest, SlotsAreTakenAndReleased) {
  Capacity capacity;
  EXPECT_TRUE(capacity.TryTake(2));
  EXPECT_TRUE(capacity.TryTake(2));
  EXPECT_FALSE(capacity.TryTake(2));
  EXPECT_TRUE(capacity.TryTake(3)) << "the number of slots may change";
  capacity.Release();
  EXPECT_FALSE(capacity.TryTake(2));
  EXPECT_EQ(capacity.taken(), 2);
}

TEST(CapacityTest, TokensOfAllCallsNeverLeaveFasterThanTheFlow) {
  Capacity capacity;
  constexpr double kTokensPerSecond = 100;
  absl::Duration last;
  for (int i = 1; i <= 10; ++i) {
    last = capacity.Schedule(absl::Hours(5), absl::Milliseconds(100), 50, kTokensPerSecond);
    EXPECT_EQ(last, absl::Seconds(0.5) * i);
  }
  EXPECT_EQ(capacity.Schedule(absl::Hours(6), absl::Milliseconds(600), 50, kTokensPerSecond),
            absl::Milliseconds(600))
      << "alone, a call takes its own time";
  EXPECT_EQ(capacity.Schedule(absl::Hours(6), absl::Seconds(1), 1000, 0), absl::Seconds(1))
      << "without a limit too";
}

TEST(OtherCustomersTest, LoadPeaksAtItsHourAndRestsTwelveHoursFromIt) {
  Settings settings;
  settings.slots = 100;
  settings.others_peak = 0.8;
  settings.others_trough = 0.2;
  settings.others_peak_hour = 14;
  EXPECT_EQ(SlotsLeft(settings, 1, kMonday + absl::Hours(14)), 20);
  EXPECT_EQ(SlotsLeft(settings, 1, kMonday + absl::Hours(2)), 80);
  EXPECT_EQ(SlotsLeft(settings, 1, kMonday + absl::Hours(8)), 50);
}

TEST(OtherCustomersTest, WeekendsDifferAndTheLoadMayExceedEverything) {
  Settings settings;
  settings.slots = 100;
  settings.others_peak = 0.6;
  settings.others_trough = 0.6;
  settings.others_weekend = 0.5;
  EXPECT_EQ(SlotsLeft(settings, 1, kMonday), 40);
  EXPECT_EQ(SlotsLeft(settings, 1, kMonday + absl::Hours(24 * 5)), 70);
  settings.others_peak = settings.others_trough = 3;
  EXPECT_EQ(SlotsLeft(settings, 1, kMonday), 0);
}

TEST(OtherCustomersTest, NoiseIsRepeatableContinuousAndBounded) {
  Settings settings;
  settings.others_peak = settings.others_trough = 0.5;
  settings.others_noise = 0.3;
  double low = 1;
  double high = 0;
  double before = OtherCustomersShare(settings, 7, kMonday);
  for (int second = 1; second < 24 * 3600; ++second) {
    const double share = OtherCustomersShare(settings, 7, kMonday + absl::Seconds(second));
    EXPECT_LT(std::abs(share - before), 0.01);
    before = share;
    low = std::min(low, share);
    high = std::max(high, share);
  }
  EXPECT_GE(low, 0.2 - 1e-9);
  EXPECT_LE(high, 0.8 + 1e-9);
  EXPECT_GT(high - low, 0.4) << "there must be noise";
  EXPECT_EQ(OtherCustomersShare(settings, 7, kMonday), OtherCustomersShare(settings, 7, kMonday));
  EXPECT_NE(OtherCustomersShare(settings, 7, kMonday), OtherCustomersShare(settings, 8, kMonday));
}

TEST(OutageTest, EachRegionHasOneOutagePerStretchOfItsOwn) {
  Settings settings;
  settings.outage_every_s = 3600;
  settings.outage_s = 600;
  int begins = 0;
  int seconds_down = 0;
  int both_down = 0;
  bool before = InOutage(settings, 3, "eu", absl::FromUnixSeconds(0));
  constexpr int kHours = 200;
  for (int second = 1; second < kHours * 3600; second += 10) {
    const absl::Time time = absl::FromUnixSeconds(second);
    const bool down = InOutage(settings, 3, "eu", time);
    if (down && !before) ++begins;
    if (down) seconds_down += 10;
    if (down && InOutage(settings, 3, "us", time)) both_down += 10;
    before = down;
  }
  EXPECT_NEAR(begins, kHours, 5);
  EXPECT_NEAR(seconds_down, kHours * 600, kHours * 60);
  EXPECT_LT(both_down, seconds_down / 3) << "regions must not fail together";
  EXPECT_GT(both_down, 0);
}

TEST(OutageTest, RegionsAreTakenDownByHand) {
  Settings settings;
  settings.regions_down = "eu, us";
  EXPECT_TRUE(InOutage(settings, 1, "us", kMonday));
  EXPECT_FALSE(InOutage(settings, 1, "u", kMonday));
  EXPECT_FALSE(InOutage(settings, 1, "", kMonday));
}

TEST(PromptCacheTest, CountsWholeBlocksOfAKnownBeginning) {
  PromptCache cache;
  const std::string system(64 * 4 * 3, 's');
  EXPECT_EQ(cache.Take(1, system + std::string(500, 'a')), 0);
  EXPECT_EQ(cache.Take(1, system + std::string(500, 'b')), 3 * 64);
  EXPECT_EQ(cache.Take(2, system), 0) << "accounts do not share";
  EXPECT_EQ(cache.Take(1, "x" + system), 0) << "only beginnings count";
  EXPECT_EQ(cache.Take(1, system.substr(0, 64 * 4 * 2 + 100)), 2 * 64);
}

TEST(PromptCacheTest, ForgetsTheOldest) {
  PromptCache cache(10);
  const std::string prompt(64 * 4, 'p');
  cache.Take(1, prompt);
  for (int i = 0; i < 10; ++i) {
    cache.Take(1, std::string(64 * 4, static_cast<char>('0' + i)));
  }
  EXPECT_EQ(cache.Take(1, prompt), 0);
}

TEST(VirtualClockTest, RunsAtItsSpeedAndChangesItWithoutAJump) {
  VirtualClock clock(kMonday, absl::Seconds(100));
  EXPECT_EQ(clock.Now(absl::Seconds(110)), kMonday + absl::Seconds(10));
  clock.SetSpeed(3600, absl::Seconds(110));
  EXPECT_EQ(clock.Now(absl::Seconds(110)), kMonday + absl::Seconds(10));
  EXPECT_EQ(clock.Now(absl::Seconds(111)), kMonday + absl::Seconds(10) + absl::Hours(1));
  clock.Set(kMonday, absl::Seconds(200));
  EXPECT_EQ(clock.Now(absl::Seconds(200.5)), kMonday + absl::Minutes(30));
}

TEST(HashTest, ChanceDependsOnItsArgumentsAloneAndIsEven) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // Written down, so that a change of the dice, which would change every seeded run, is noticed.
  EXPECT_EQ(SeededHash(1, "x", 2), 0x4310e67e95611616u);
  EXPECT_EQ(SeededHash(0, "", 0), 0x33fe8bd4f9c57863u);
  double sum = 0;
  int low = 0;
  for (uint64_t i = 0; i < 10000; ++i) {
    const double fraction = SeededFraction(42, "dice", i);
    ASSERT_GE(fraction, 0);
    ASSERT_LT(fraction, 1);
    sum += fraction;
    if (fraction < 0.1) ++low;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.01);
  EXPECT_NEAR(low, 1000, 100);
  EXPECT_NE(SeededFraction(1, "a"), SeededFraction(2, "a"));
  EXPECT_NE(SeededFraction(1, "a"), SeededFraction(1, "b"));
}

}  // namespace
}  // namespace lull
