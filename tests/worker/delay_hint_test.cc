#include "worker/delay_hint.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "worker/rate_limit_headers.h"

namespace lull {
namespace {

const absl::Time kNow =
    absl::FromCivil(absl::CivilSecond(2026, 11, 23, 12, 0, 0), absl::UTCTimeZone());
const std::optional<absl::Duration> kNone;

struct Row {
  const char* what;
  HttpHeaders headers;
  std::optional<absl::Duration> hint;
  std::optional<absl::Duration> body_delay = std::nullopt;
  bool rate_limited = true;
};

TEST(DelayHintTest, EveryFormIsReadInItsOrder) {
  const Row rows[] = {
      {"nothing", {}, kNone},
      {"retry-after-ms", {{"retry-after-ms", "1500"}}, absl::Milliseconds(1500)},
      {"retry-after-ms before Retry-After",
       {{"Retry-After", "9"}, {"retry-after-ms", "250.5"}},
       absl::Microseconds(250500)},
      {"seconds", {{"Retry-After", "7"}}, absl::Seconds(7)},
      {"fractional seconds", {{"Retry-After", "0.25"}}, absl::Milliseconds(250)},
      {"zero is a hint", {{"Retry-After", "0"}}, absl::ZeroDuration()},
      {"white space around", {{"Retry-After", "  3 "}}, absl::Seconds(3)},
      {"IMF date", {{"Retry-After", "Mon, 23 Nov 2026 12:01:30 GMT"}}, absl::Seconds(90)},
      {"RFC 850 date", {{"Retry-After", "Monday, 23-Nov-26 12:00:10 GMT"}}, absl::Seconds(10)},
      {"asctime date", {{"Retry-After", "Mon Nov 23 12:05:00 2026"}}, absl::Minutes(5)},
      {"x-ms-retry-after-ms", {{"x-ms-retry-after-ms", "800"}}, absl::Milliseconds(800)},
      {"Retry-After before x-ms-retry-after-ms",
       {{"x-ms-retry-after-ms", "800"}, {"Retry-After", "2"}},
       absl::Seconds(2)},
      {"the body", {}, absl::Seconds(45.8), absl::Seconds(45.8)},
      {"headers before the body", {{"Retry-After", "2"}}, absl::Seconds(2), absl::Seconds(45.8)},
      {"the body before the rate limits",
       {{"x-ratelimit-reset-requests", "9s"}},
       absl::Seconds(4),
       absl::Seconds(4)},
      {"a rate limit", {{"x-ratelimit-reset-requests", "12ms"}}, absl::Milliseconds(12)},
      {"rate limits say nothing about other failures",
       {{"x-ratelimit-reset-requests", "12ms"}},
       kNone,
       std::nullopt,
       false},
      {"a day", {{"Retry-After", "86400"}}, absl::Hours(24)},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(FindDelayHint(row.headers, row.body_delay, row.rate_limited, kNow), row.hint)
        << row.what;
  }
}

TEST(DelayHintTest, GarbageIsIgnoredAndTheNextFormIsRead) {
  for (const char* garbage : {"",
                              " ",
                              "-1",
                              "+1",
                              "soon",
                              "1e3",
                              "nan",
                              "inf",
                              "0x10",
                              "1,5",
                              "1.2.3",
                              "86401",
                              "999999999999999999999999999999",
                              "1s",
                              "Mon, 23 Nov 2026 11:59:59 GMT",
                              "Wed, 25 Nov 2026 12:00:00 GMT",
                              "Mon, 23 Nov 2026 12:01:30",
                              "Mon, 99 Foo 2026",
                              "5 GMT",
                              "Thu, 01 Jan 1970 00:00:00 GMT",
                              "infinite-future",
                              "\xff\xfe"}) {
    const HttpHeaders headers = {{"Retry-After", garbage}, {"x-ms-retry-after-ms", "800"}};
    EXPECT_EQ(FindDelayHint(headers, std::nullopt, true, kNow), absl::Milliseconds(800)) << garbage;
  }
  const HttpHeaders long_one = {{"retry-after-ms", std::string(100'000, '1')},
                                {"Retry-After", "3"}};
  EXPECT_EQ(FindDelayHint(long_one, std::nullopt, true, kNow), absl::Seconds(3));
}

TEST(DelayHintTest, ADelayInABodyMayBeWrittenWithUnits) {
  EXPECT_EQ(ParseDelayText("45.8s"), absl::Seconds(45.8));
  EXPECT_EQ(ParseDelayText("6m0s"), absl::Minutes(6));
  EXPECT_EQ(ParseDelayText("-1s"), kNone);
  EXPECT_EQ(ParseDelayText("25h"), kNone);
  EXPECT_EQ(ParseDelayText("inf"), kNone);
  EXPECT_EQ(ParseDelayText("s"), kNone);
  EXPECT_EQ(ParseDelayText(""), kNone);
}

TEST(ShouldRetryTest, OnlyTrueAndFalseAreWords) {
  EXPECT_EQ(FindShouldRetry({{"X-Should-Retry", "true"}}), true);
  EXPECT_EQ(FindShouldRetry({{"x-should-retry", " False "}}), false);
  EXPECT_EQ(FindShouldRetry({{"x-should-retry", "1"}}), std::nullopt);
  EXPECT_EQ(FindShouldRetry({}), std::nullopt);
}

TEST(ResetTest, EveryFormIsRead) {
  EXPECT_EQ(ParseReset("12ms", kNow), absl::Milliseconds(12));
  EXPECT_EQ(ParseReset("1s", kNow), absl::Seconds(1));
  EXPECT_EQ(ParseReset("6m0s", kNow), absl::Minutes(6));
  EXPECT_EQ(ParseReset("33.5", kNow), absl::Seconds(33.5));
  EXPECT_EQ(ParseReset("2026-11-23T12:00:30Z", kNow), absl::Seconds(30));
  EXPECT_EQ(ParseReset("2026-11-23T13:00:30+01:00", kNow), absl::Seconds(30));
  EXPECT_EQ(ParseReset(absl::StrCat(absl::ToUnixSeconds(kNow) + 8), kNow), absl::Seconds(8));
  EXPECT_EQ(ParseReset(absl::StrCat(absl::ToUnixMillis(kNow) + 1250), kNow),
            absl::Milliseconds(1250));
  for (const char* garbage :
       {"", "tomorrow", "-3s", "2026-11-23T11:00:00Z", "2027-01-01T00:00:00Z", "86401", "1e9"}) {
    EXPECT_EQ(ParseReset(garbage, kNow), kNone) << garbage;
  }
}

TEST(RateLimitTest, WaitsForTheLongestResetOfAWindowThatIsUsedUp) {
  const HttpHeaders headers = {
      {"x-ratelimit-limit-requests", "60"},  {"x-ratelimit-remaining-requests", "0"},
      {"x-ratelimit-reset-requests", "1s"},  {"x-ratelimit-limit-tokens", "150000"},
      {"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "6m0s"},
      {"x-ratelimit-limit", "10"},           {"x-ratelimit-remaining", "9"},
      {"x-ratelimit-reset", "3600"},
  };
  EXPECT_EQ(FindDelayHint(headers, std::nullopt, true, kNow), absl::Minutes(6));
}

TEST(RateLimitTest, AWindowWithRoomIsNotWaitedForBesideOneWithout) {
  const HttpHeaders headers = {
      {"x-ratelimit-remaining-requests", "0"},
      {"x-ratelimit-reset-requests", "12ms"},
      {"x-ratelimit-remaining-tokens", "149984"},
      {"x-ratelimit-reset-tokens", "6m0s"},
  };
  EXPECT_EQ(FindDelayHint(headers, std::nullopt, true, kNow), absl::Milliseconds(12));
}

TEST(RateLimitTest, ACallThatDoesNotFitIntoTheTokensLeftWaitsForThem) {
  const HttpHeaders headers = {
      {"x-ratelimit-limit-requests", "60"},   {"x-ratelimit-remaining-requests", "59"},
      {"x-ratelimit-reset-requests", "9s"},   {"x-ratelimit-limit-tokens", "1000"},
      {"x-ratelimit-remaining-tokens", "12"}, {"x-ratelimit-reset-tokens", "20s"},
  };
  EXPECT_EQ(FindDelayHint(headers, std::nullopt, true, kNow), absl::Seconds(20));
}

TEST(RateLimitTest, ReadsAnthropicsTimes) {
  const HttpHeaders headers = {
      {"anthropic-ratelimit-requests-limit", "50"},
      {"anthropic-ratelimit-requests-remaining", "0"},
      {"anthropic-ratelimit-requests-reset", "2026-11-23T12:00:20Z"},
      {"anthropic-ratelimit-output-tokens-remaining", "0"},
      {"anthropic-ratelimit-output-tokens-reset", "2026-11-23T12:00:45Z"},
  };
  const std::vector<RateLimitWindow> windows = ReadRateLimits(headers, kNow);
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[0].kind, RateLimitWindow::Kind::kRequests);
  EXPECT_EQ(windows[0].limit, 50);
  EXPECT_EQ(windows[0].remaining, 0);
  EXPECT_EQ(windows[0].reset_after, absl::Seconds(20));
  EXPECT_EQ(windows[1].kind, RateLimitWindow::Kind::kTokens);
  EXPECT_EQ(windows[1].limit, std::nullopt);
  EXPECT_EQ(LongestRelevantReset(windows), absl::Seconds(45));
}

TEST(RateLimitTest, GarbageCountsAsNotSent) {
  const HttpHeaders headers = {
      {"x-ratelimit-limit-requests", "many"},
      {"x-ratelimit-remaining-requests", "-4"},
      {"x-ratelimit-reset-requests", "later"},
  };
  EXPECT_TRUE(ReadRateLimits(headers, kNow).empty());
}

}  // namespace
}  // namespace lull
