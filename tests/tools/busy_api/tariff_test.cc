#include "tools/busy_api/tariff.h"

#include "gtest/gtest.h"
#include "tools/busy_api/usage.h"

namespace lull {
namespace {

const absl::Time kMidnight = absl::FromUnixSeconds(1'767'571'200);

TEST(TariffTest, HitsMissesAndOutputHaveTheirPrices) {
  Tariff tariff;
  tariff.hit = 1;
  tariff.miss = 10;
  tariff.output = 100;
  EXPECT_DOUBLE_EQ(tariff.Cost({1'000'000, 400'000, 20'000, 0}, kMidnight), 0.4 + 6 + 2);
}

TEST(TariffTest, OffPeakHoursMayPassMidnight) {
  Tariff tariff;
  tariff.output = 1;
  tariff.off_peak = **ParseDayHours("16:30-00:30");
  tariff.off_peak_factor = 0.5;
  const Usage usage{0, 0, 1'000'000, 0};
  EXPECT_EQ(tariff.Cost(usage, kMidnight), 0.5);
  EXPECT_EQ(tariff.Cost(usage, kMidnight + absl::Minutes(30)), 1);
  EXPECT_EQ(tariff.Cost(usage, kMidnight + absl::Hours(16) + absl::Minutes(29)), 1);
  EXPECT_EQ(tariff.Cost(usage, kMidnight + absl::Hours(16) + absl::Minutes(30)), 0.5);
}

TEST(TariffTest, HoursAreParsedStrictly) {
  EXPECT_EQ(*ParseDayHours(""), std::nullopt);
  EXPECT_TRUE(ParseDayHours("00:00-24:00").ok());
  for (const char* text : {"16:30", "25:00-01:00", "1:60-2:00", "a-b", "24:01-02:00", "-"}) {
    EXPECT_FALSE(ParseDayHours(text).ok()) << text;
  }
}

TEST(UsageTest, DialectsNameCachedTokensDifferently) {
  const Usage usage{100, 64, 20, 5};
  EXPECT_EQ(UsageJson("openai", usage),
            R"({"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,)"
            R"("prompt_tokens_details":{"cached_tokens":64},)"
            R"("completion_tokens_details":{"reasoning_tokens":5}})");
  EXPECT_EQ(UsageJson("deepseek", usage),
            R"({"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,)"
            R"("prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36,)"
            R"("completion_tokens_details":{"reasoning_tokens":5}})");
  EXPECT_EQ(UsageJson("google", usage),
            R"({"prompt_tokens":100,"completion_tokens":20,"total_tokens":120})");
}

}  // namespace
}  // namespace lull
