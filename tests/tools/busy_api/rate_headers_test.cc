#include "tools/busy_api/rate_headers.h"

#include "gtest/gtest.h"

namespace lull {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'792'342'800);

RateState State() {
  RateState state;
  state.requests = {60, 59, absl::Seconds(1.5)};
  state.tokens = {150000, 149984, absl::Minutes(6)};
  return state;
}

std::string Value(absl::string_view family, absl::string_view name) {
  HttpHeaders headers;
  AddRateHeaders(family, State(), kNow, &headers);
  const std::string* value = headers.Find(name);
  return value == nullptr ? "absent" : *value;
}

TEST(RateHeadersTest, FamiliesUseTheirNamesAndUnits) {
  EXPECT_EQ(Value("openai", "x-ratelimit-limit-requests"), "60");
  EXPECT_EQ(Value("openai", "x-ratelimit-remaining-tokens"), "149984");
  EXPECT_EQ(Value("openai", "x-ratelimit-reset-requests"), "1.5s");
  EXPECT_EQ(Value("openai", "x-ratelimit-reset-tokens"), "6m0s");
  EXPECT_EQ(Value("anthropic", "anthropic-ratelimit-tokens-reset"), "2026-10-18T17:06:00Z");
  EXPECT_EQ(Value("reset_s", "x-ratelimit-reset"), "2");
  EXPECT_EQ(Value("reset_epoch", "x-ratelimit-reset"), "1792342802");
  EXPECT_EQ(Value("garbage", "x-ratelimit-remaining-requests"), "-3");
  HttpHeaders none;
  AddRateHeaders("none", State(), kNow, &none);
  EXPECT_TRUE(none.fields().empty());
}

TEST(RateHeadersTest, DurationsAreWrittenAsGoDoes) {
  EXPECT_EQ(GoDuration(absl::ZeroDuration()), "0s");
  EXPECT_EQ(GoDuration(-absl::Seconds(1)), "0s");
  EXPECT_EQ(GoDuration(absl::Milliseconds(12)), "12ms");
  EXPECT_EQ(GoDuration(absl::Seconds(1)), "1s");
  EXPECT_EQ(GoDuration(absl::Minutes(1) + absl::Seconds(12.5)), "1m12.5s");
  EXPECT_EQ(GoDuration(absl::Hours(25)), "25h0m0s");
}

}  // namespace
}  // namespace lull
