// What is reported of an answer beside its outcome.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/worker/answers.h"
#include "worker/answer_body.h"
#include "worker/refusal.h"

namespace lull {
namespace {

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

TEST(AnswerFactsTest, UsageInEveryDialect) {
  struct UsageRow {
    const char* what;
    const char* usage;
    int64_t prompt, cached, completion, reasoning;
  };
  const UsageRow rows[] = {
      {"plain", R"({"prompt_tokens":10,"completion_tokens":4,"total_tokens":14})", 10, 0, 4, 0},
      {"DeepSeek",
       R"({"prompt_tokens":10,"completion_tokens":4,"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":4})",
       10, 6, 4, 0},
      {"DeepSeek, only the split",
       R"({"completion_tokens":4,"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":3})", 9, 6,
       4, 0},
      {"OpenAI",
       R"({"prompt_tokens":10,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":5}})",
       10, 8, 9, 5},
      {"OpenAI responses",
       R"({"input_tokens":10,"output_tokens":9,"input_tokens_details":{"cached_tokens":8},"output_tokens_details":{"reasoning_tokens":5}})",
       10, 8, 9, 5},
      {"nulls", R"({"prompt_tokens":10,"completion_tokens":null,"prompt_tokens_details":null})", 10,
       0, 0, 0},
      {"garbage", R"({"prompt_tokens":-5,"completion_tokens":"many","prompt_tokens_details":[1]})",
       0, 0, 0, 0},
      {"more cached than sent", R"({"prompt_tokens":3,"prompt_cache_hit_tokens":9})", 3, 3, 0, 0},
  };
  for (const UsageRow& row : rows) {
    const std::string body =
        absl::StrCat(R"({"choices":[{"finish_reason":"stop"}],"usage":)", row.usage, "}");
    const v1::Usage usage = Classify(Answered(200, body)).usage();
    EXPECT_EQ(usage.prompt_tokens(), row.prompt) << row.what;
    EXPECT_EQ(usage.cached_prompt_tokens(), row.cached) << row.what;
    EXPECT_EQ(usage.completion_tokens(), row.completion) << row.what;
    EXPECT_EQ(usage.reasoning_tokens(), row.reasoning) << row.what;
  }
  EXPECT_FALSE(Classify(Answered(200, R"({"choices":[{"finish_reason":"stop"}],"usage":null})"))
                   .has_usage());
}

TEST(AnswerFactsTest, AnInterruptedAnswerStillReportsItsUsage) {
  const v1::AttemptResult result =
      Classify(Answered(200, Finished("\"insufficient_system_resource\"")));
  EXPECT_EQ(result.usage().completion_tokens(), 3);
  EXPECT_EQ(result.response().finish_reason(), "insufficient_system_resource");
}

struct DelayRow {
  const char* what;
  int status;
  std::string body;
  HttpHeaders headers;
  std::optional<absl::Duration> retry_after;
};

TEST(AnswerFactsTest, ADailyQuotaIsLookedAtAgainAtMidnightAtTheLatest) {
  const absl::Time midnight = absl::FromUnixSeconds(86400 * 20'000);
  EXPECT_EQ(NextLookAtDailyQuota(midnight - absl::Hours(5)), absl::Hours(1));
  EXPECT_EQ(NextLookAtDailyQuota(midnight - absl::Minutes(20)), absl::Minutes(20));
  EXPECT_EQ(NextLookAtDailyQuota(midnight - absl::Seconds(2)), absl::Minutes(1));
  EXPECT_EQ(NextLookAtDailyQuota(midnight), absl::Hours(1));
}

TEST(AnswerFactsTest, DelayHints) {
  const std::string google_minute = Error(
      R"("code":429,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"45.8s"}])");
  const std::string google_day = Error(
      R"("code":429,"details":[{"violations":[{"quotaId":"RequestsPerDay"}]},{"retryDelay":"30s"}])");
  const std::string openrouter_day = Error(absl::StrCat(
      R"("message":"free-models-per-day","code":429,"metadata":{"headers":{"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0","X-RateLimit-Reset":")",
      absl::ToUnixMillis(kNow + absl::Hours(12)), "\"}}"));
  const DelayRow rows[] = {
      {"none", 429, "", {}, std::nullopt},
      {"header", 503, "", {{"Retry-After", "3"}}, absl::Seconds(3)},
      {"number in the error", 429, Error(R"("retry_after":2.5)"), {}, absl::Seconds(2.5)},
      {"text in the error", 429, Error(R"("retry_after":"2.5")"), {}, absl::Seconds(2.5)},
      {"beside the error",
       429,
       R"({"error":{"message":"x"},"retry_after":7})",
       {},
       absl::Seconds(7)},
      {"negative in the error", 429, Error(R"("retry_after":-2)"), {}, std::nullopt},
      {"absurd in the error", 429, Error(R"("retry_after":1e300)"), {}, std::nullopt},
      {"Google's RetryInfo", 429, google_minute, {}, absl::Seconds(45.8)},
      // 12:00 UTC is 4:00 in Los Angeles, in winter.
      {"Google's day ends in Pacific time", 429, google_day, {}, absl::Hours(20)},
      {"a day of which nobody says when it ends",
       429,
       Error(R"("message":"Limit 200 requests per day")"),
       {},
       absl::Hours(1)},
      {"OpenRouter's headers in the body", 429, openrouter_day, {}, absl::Hours(12)},
      {"rate limits",
       429,
       "",
       {{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "6m0s"}},
       absl::Minutes(6)},
      {"rate limits beside a server error",
       500,
       "",
       {{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "6m0s"}},
       std::nullopt},
      {"an answer asks for nothing", 200, kGood, {{"Retry-After", "3"}}, std::nullopt},
  };
  for (const DelayRow& row : rows) {
    const v1::AttemptResult result = Classify(Answered(row.status, row.body, row.headers));
    ASSERT_EQ(result.has_retry_after(), row.retry_after.has_value()) << row.what;
    if (row.retry_after) {
      EXPECT_EQ(ToDuration(result.retry_after()), *row.retry_after) << row.what;
    }
  }
}

TEST(AnswerFactsTest, TheUpstreamsWordOnRetryingIsPassedOn) {
  EXPECT_TRUE(Classify(Answered(400, "", {{"x-should-retry", "true"}})).should_retry());
  const v1::AttemptResult no = Classify(Answered(503, "", {{"x-should-retry", "false"}}));
  EXPECT_TRUE(no.has_should_retry());
  EXPECT_FALSE(no.should_retry());
  EXPECT_FALSE(Classify(Answered(503, "")).has_should_retry());
}

TEST(AnswerFactsTest, AConcurrencyCapIsLearnedFromTheText) {
  const v1::AttemptResult result = Classify(Answered(
      429,
      Error(
          R"("message":"Your request exceeds your concurrency limit of 39. Please retry later.")")));
  EXPECT_EQ(result.outcome(), v1::OUTCOME_RATE_LIMITED);
  EXPECT_EQ(result.learned_concurrency_cap(), 39);
  for (const char* text :
       {"concurrency limit of many", "concurrency limit of 0", "concurrency limit of -3",
        "concurrency limit of 99999999999", "concurrency limit of ", ""}) {
    EXPECT_EQ(FindConcurrencyCap(text), std::nullopt) << text;
  }
}

TEST(AnswerFactsTest, RateLimitsAreReportedWithEveryAnswer) {
  const v1::AttemptResult result = Classify(Answered(200, kGood,
                                                     {{"x-ratelimit-limit-tokens", "1000"},
                                                      {"x-ratelimit-remaining-tokens", "900"},
                                                      {"x-ratelimit-reset-tokens", "6s"}}));
  ASSERT_EQ(result.rate_limit_hints_size(), 1);
  const v1::RateLimitHint& hint = result.rate_limit_hints(0);
  EXPECT_EQ(hint.kind(), v1::RateLimitHint::KIND_TOKENS);
  EXPECT_EQ(hint.limit(), 1000);
  EXPECT_EQ(hint.remaining(), 900);
  EXPECT_EQ(hint.reset_after().seconds(), 6);
}

TEST(AnswerFactsTest, KeepsTheHeadersWorthKeeping) {
  const v1::AttemptResult result = Classify(Answered(
      200, kGood,
      {{"Content-Type", "application/json"}, {"X-Request-Id", "req-1"}, {"Set-Cookie", "a=b"}}));
  EXPECT_EQ(result.response().headers().size(), 2u);
  EXPECT_EQ(result.response().headers().at("content-type"), "application/json");
  EXPECT_EQ(result.response().headers().at("x-request-id"), "req-1");
}

TEST(AnswerFactsTest, NothingThatIsReportedOfAFailureHoldsTheKey) {
  const std::string echo = absl::StrCat("bad key ", kKey);
  const v1::AttemptResult result = Classify(Answered(
      401,
      absl::StrCat(R"({"error":{"message":")", echo, R"(","code":")", kKey, R"("},"model":")", kKey,
                   R"(","choices":[{"finish_reason":")", kKey, R"("}]})"),
      {{"x-request-id", echo}, {"content-type", echo}}));
  EXPECT_EQ(result.outcome(), v1::OUTCOME_UNAUTHORIZED);
  EXPECT_EQ(result.SerializeAsString().find("canary"), std::string::npos) << result.DebugString();
}

TEST(AnswerFactsTest, ErrorMessagesAreCut) {
  const v1::AttemptResult result = Classify(
      Answered(400, Error(absl::StrCat("\"message\":\"", std::string(100'000, 'x'), "\""))));
  EXPECT_EQ(result.error().message().size(), 1024u);
}

TEST(AnswerFactsTest, ARedirectSaysWhereToAndThatItIsNotFollowed) {
  const v1::AttemptResult result =
      Classify(Answered(307, "", {{"Location", "http://169.254.169.254/"}}));
  EXPECT_NE(result.error().message().find("http://169.254.169.254/, not followed"),
            std::string::npos);
}

TEST(AnswerFactsTest, NoBytesCrashIt) {
  // Every prefix of an answer, and every answer with one byte changed.
  const std::string body = Error(
      R"("code":429,"message":"é","details":[{"retryDelay":"1s"}],"metadata":{"headers":{"a":"b"}})");
  for (size_t i = 0; i < body.size(); ++i) {
    for (const int status : {200, 429}) {
      std::string changed = body;
      changed[i] = static_cast<char>(changed[i] ^ 0x15);
      EXPECT_NE(Classify(Answered(status, body.substr(0, i))).outcome(), v1::OUTCOME_SUCCEEDED);
      EXPECT_NE(Classify(Answered(status, changed)).outcome(), v1::OUTCOME_UNSPECIFIED);
    }
  }
}

TEST(ClassifyAnswerTest, AHalfOfASurrogatePairCostsOneCharacter) {
  const std::string body = absl::StrReplaceAll(kGood, {{"hi", R"(hi \ud83d)"}});
  const v1::AttemptResult result = Classify(Answered(200, body));
  EXPECT_EQ(v1::Outcome_Name(result.outcome()), "OUTCOME_SUCCEEDED") << result.error().message();
  EXPECT_EQ(result.usage().prompt_tokens(), 12);
  EXPECT_EQ(result.response().body(), absl::StrReplaceAll(kGood, {{"hi", R"(hi \ufffd)"}}));
}

TEST(ClassifyAnswerTest, ANumberThatNothingHoldsStaysAsItIs) {
  for (const char* number : {"18446744073709551616", "-9223372036854775809", "1e400"}) {
    const std::string body = absl::StrReplaceAll(
        kGood, {{"\"id\":\"x\"", absl::StrCat("\"seed\":", number, ",\"text\":\"1e400\"")}});
    const v1::AttemptResult result = Classify(Answered(200, body));
    EXPECT_EQ(v1::Outcome_Name(result.outcome()), "OUTCOME_SUCCEEDED") << result.error().message();
    EXPECT_EQ(result.usage().prompt_tokens(), 12);
    EXPECT_EQ(result.response().body(), body);
  }
}

TEST(AnswerBodyTest, ReadsToTheDepthLimitAndNoFurther) {
  const auto nested = [](size_t depth) {
    return absl::StrCat("{\"a\":", std::string(depth - 1, '['), std::string(depth - 1, ']'), "}");
  };
  EXPECT_EQ(ReadAnswerBody(nested(kJsonDepthMax - 1), false).form, AnswerBody::Form::kObject);
  EXPECT_EQ(ReadAnswerBody(nested(kJsonDepthMax + 1), false).form, AnswerBody::Form::kTooDeep);
}

// A good answer with `unit` in it, so often that it has `bytes`.
std::string Filled(absl::string_view unit, size_t bytes) {
  std::string body = "{\"filler\":[";
  while (body.size() < bytes) absl::StrAppend(&body, unit, ",");
  body.pop_back();
  return absl::StrCat(body, "],", absl::string_view(kGood).substr(1));
}

TEST(AnswerBodyTest, ReadsWhatTakesSoMuchMemoryAndNoMore) {
  constexpr size_t kMb = 1'000'000;
  const absl::string_view alternative =
      R"({"token":" word","logprob":-12.345678,"bytes":[32,119,111,114,100]})";
  // 8,000 tokens with 20 alternatives each; a thousand embeddings of 1,024 whole numbers; text.
  for (std::string body : {Filled(alternative, 8000 * 20 * 66), Filled("-123", 5 * kMb),
                           Filled("-0.123456789", 16 * kMb),
                           Filled(absl::StrCat("\"", std::string(kMb, '['), "\""), 16 * kMb)}) {
    body.reserve(body.size() + kJsonPadding);
    const AnswerBody facts = ReadAnswerBody(body, false);
    EXPECT_EQ(facts.form, AnswerBody::Form::kObject) << body.substr(0, 40);
    EXPECT_EQ(facts.usage->prompt_tokens(), 12);
  }
  for (const absl::string_view unit : {"1", "[]", "{}", "\"\"", "{\"\":1}", "1 ", "-1"}) {
    const std::string body = Filled(unit, 16 * kMb);
    EXPECT_EQ(ReadAnswerBody(body, false).form, AnswerBody::Form::kTooDense) << unit;
  }
  const std::string body = Filled("1", 16 * kMb);
  EXPECT_EQ(Classify(Answered(200, body)).outcome(), v1::OUTCOME_INVALID_RESPONSE);
  EXPECT_EQ(Classify(Answered(429, body)).outcome(), v1::OUTCOME_RATE_LIMITED);
}

}  // namespace
}  // namespace lull
