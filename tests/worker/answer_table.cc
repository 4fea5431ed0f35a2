#include "tests/worker/answer_table.h"

namespace lull {
namespace {

constexpr AnswerEnd kGoodEnd = {v1::OUTCOME_SUCCEEDED, v1::BILLED_YES};
constexpr AnswerEnd kBusy = {v1::OUTCOME_BUSY, v1::BILLED_NO};
constexpr AnswerEnd kRate = {v1::OUTCOME_RATE_LIMITED, v1::BILLED_NO};
constexpr AnswerEnd kFailed = {v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE};
constexpr AnswerEnd kConflict = {v1::OUTCOME_SERVER_ERROR, v1::BILLED_NO};
constexpr AnswerEnd kTimeout = {v1::OUTCOME_TIMEOUT, v1::BILLED_MAYBE};
constexpr AnswerEnd kNoConnection = {v1::OUTCOME_CONNECTION_FAILED, v1::BILLED_MAYBE};
constexpr AnswerEnd kNotConnected = {v1::OUTCOME_CONNECTION_FAILED, v1::BILLED_NO};
constexpr AnswerEnd kTruncated = {v1::OUTCOME_TRUNCATED, v1::BILLED_MAYBE};
constexpr AnswerEnd kUnusable = {v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE};
constexpr AnswerEnd kNotFollowed = {v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_NO};
constexpr AnswerEnd kOdd = {v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES};
constexpr AnswerEnd kInvalid = {v1::OUTCOME_INVALID_REQUEST, v1::BILLED_NO};
constexpr AnswerEnd kContext = {v1::OUTCOME_CONTEXT_OVERFLOW, v1::BILLED_NO};
constexpr AnswerEnd kUnauthorized = {v1::OUTCOME_UNAUTHORIZED, v1::BILLED_NO};
constexpr AnswerEnd kNoBalance = {v1::OUTCOME_NO_BALANCE, v1::BILLED_NO};
constexpr AnswerEnd kNoModel = {v1::OUTCOME_MODEL_NOT_FOUND, v1::BILLED_NO};
constexpr AnswerEnd kQuota = {v1::OUTCOME_QUOTA_EXHAUSTED, v1::BILLED_NO};

#define HINT(form) R"({"preset":"rate_limit_429","hint_s":7,"hint":")" form R"("})"

}  // namespace

const char* NameOf(Then then) {
  switch (then) {
    case Then::kDone:
      return "done";
    case Then::kAgain:
      return "again";
    case Then::kAgainCounted:
      return "again, counted";
    case Then::kFails:
      return "fails";
    case Then::kOperator:
      return "waits for the operator";
    case Then::kReset:
      return "waits for the reset";
  }
  return "";
}

const std::vector<AnswerRow>& AnswerTable() {
  constexpr absl::Duration kNone = absl::InfiniteDuration();
  static const auto& rows = *new std::vector<AnswerRow>{
      {"answer", "ok", kGoodEnd, kGoodEnd, Then::kDone},
      {"finish length", "finish_length", kGoodEnd, kGoodEnd, Then::kDone, "", kNone, "length"},
      {"finish tool_calls", "finish_tool_calls", kGoodEnd, kGoodEnd, Then::kDone, "", kNone,
       "tool_calls"},
      {"finish function_call", "finish_function_call", kGoodEnd, kGoodEnd, Then::kDone, "", kNone,
       "function_call"},
      {"finish content_filter", "finish_content_filter", kGoodEnd, kGoodEnd, Then::kDone, "", kNone,
       "content_filter"},
      {"keep-alive, then the answer", R"({"preset":"queue_10s","queue_s":0.2,"keep_alive_s":0.02})",
       kGoodEnd, kGoodEnd, Then::kDone},
      {"slow first content", R"({"preset":"slow_first_content","first_content_s":0.2})", kGoodEnd,
       kGoodEnd, Then::kDone},
      {"usage of OpenAI", R"({"dialect":"openai"})", kGoodEnd, kGoodEnd, Then::kDone},
      {"usage of DeepSeek", R"({"dialect":"deepseek"})", kGoodEnd, kGoodEnd, Then::kDone},
      {"no usage", "no_usage", kGoodEnd, kGoodEnd, Then::kDone},

      {"429 rate", "rate_limit_429", kRate, kRate, Then::kAgain, "Please slow down"},
      {"429 tokens", R"({"preset":"rate_limit_429","error_type":"tokens"})", kRate, kRate,
       Then::kAgain, "tokens"},
      {"429 concurrency", "concurrency_429", kRate, kRate, Then::kAgain, "concurrency limit of 39"},
      {"503 slow_down", "slow_down_503", kBusy, kBusy, Then::kAgain, "slow_down"},
      {"503", "unavailable_503", kBusy, kBusy, Then::kAgain, "overloaded"},
      {"529", "overloaded_529", kBusy, kBusy, Then::kAgain, "Overloaded"},
      {"498", "flex_498", kBusy, kBusy, Then::kAgain, "Flex tier"},

      {"retry-after-ms", HINT("retry_after_ms"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7)},
      {"Retry-After in seconds", HINT("retry_after_s"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7)},
      {"Retry-After with a fraction", HINT("retry_after_fraction"), kRate, kRate, Then::kAgain,
       "429", absl::Seconds(7)},
      {"Retry-After as a date", HINT("retry_after_date"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7)},
      {"x-ms-retry-after-ms", HINT("ms_retry_after_ms"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7)},
      {"retry_after in the body", HINT("body_retry_after"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7)},
      {"retryDelay in the body", HINT("google_retry_info"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7)},
      {"several forms", R"({"preset":"rate_limit_429","hint_s":7,"hint":"retry_after_ms",
         "headers":{"Retry-After":"60","x-ms-retry-after-ms":"50000"}})",
       kRate, kRate, Then::kAgain, "429", absl::Seconds(7)},
      {"x-ratelimit-reset", R"({"preset":"rate_limit_429","headers":{
         "x-ratelimit-limit-requests":"60","x-ratelimit-remaining-requests":"0",
         "x-ratelimit-reset-requests":"12ms","x-ratelimit-limit-tokens":"1000",
         "x-ratelimit-remaining-tokens":"0","x-ratelimit-reset-tokens":"0m7s"}})",
       kRate, kRate, Then::kAgain, "429", absl::Seconds(7)},
      {"x-ratelimit-reset of what is left", R"({"preset":"rate_limit_429","headers":{
         "x-ratelimit-limit-requests":"60","x-ratelimit-remaining-requests":"0",
         "x-ratelimit-reset-requests":"7s","x-ratelimit-limit-tokens":"1000",
         "x-ratelimit-remaining-tokens":"900","x-ratelimit-reset-tokens":"6m0s"}})",
       kRate, kRate, Then::kAgain, "429", absl::Seconds(7)},
      {"anthropic-ratelimit-reset",
       R"({"preset":"rate_limit_429","rate_headers":"anthropic","rate_reset_s":7})", kRate, kRate,
       Then::kAgain, "429", absl::Seconds(7)},
      {"plain reset in seconds",
       R"({"preset":"rate_limit_429","rate_headers":"reset_s","rate_reset_s":7})", kRate, kRate,
       Then::kAgain, "429", absl::Seconds(7)},
      {"plain reset as an epoch",
       R"({"preset":"rate_limit_429","rate_headers":"reset_epoch","rate_reset_s":7})", kRate, kRate,
       Then::kAgain, "429", absl::Seconds(7)},
      {"garbage for rate limits", R"({"preset":"rate_limit_429","rate_headers":"garbage"})", kRate,
       kRate, Then::kAgain, "429"},
      {"hint of a 503", R"({"preset":"unavailable_503","hint":"retry_after_s","hint_s":7})", kBusy,
       kBusy, Then::kAgain, "503", absl::Seconds(7)},
      {"hint of a 500", R"({"preset":"error_500","hint":"retry_after_s","hint_s":7})", kFailed,
       kFailed, Then::kAgainCounted, "500", absl::Seconds(7)},
      {"negative hint", HINT("negative"), kRate, kRate, Then::kAgain, "429"},
      {"absurd hint", HINT("absurd"), kRate, kRate, Then::kAgain, "429"},
      {"garbage for a hint", HINT("garbage"), kRate, kRate, Then::kAgain, "429"},

      {"x-should-retry: true", R"({"preset":"retry_400","hint_s":7})", kInvalid, kInvalid,
       Then::kAgainCounted, "try again", absl::Seconds(7)},
      {"x-should-retry: false", R"({"preset":"error_500","should_retry":"false"})", kFailed,
       kFailed, Then::kFails, "500"},
      {"x-should-retry: false with 429", "no_retry_429", kRate, kRate, Then::kFails,
       "too large for this tier"},

      {"408", "timeout_408", kFailed, kFailed, Then::kAgainCounted, "408"},
      {"409", "conflict_409", kConflict, kConflict, Then::kAgainCounted, "409"},
      {"500", "error_500", kFailed, kFailed, Then::kAgainCounted, "The server had an error"},
      {"502", "bad_gateway_502", kFailed, kFailed, Then::kAgainCounted, "Bad Gateway"},
      {"504", "gateway_timeout_504", kFailed, kFailed, Then::kAgainCounted, "504"},
      {"524", "timeout_524", kFailed, kFailed, Then::kAgainCounted, "524"},
      {"no connection", kNoServer, kNotConnected, kNotConnected, Then::kAgainCounted,
       "could not be connected"},
      {"closed after reading", "close_after_read", kNoConnection, kNoConnection,
       Then::kAgainCounted, "before the answer", kNone, "", kFailed},
      {"reset after reading", "reset_after_read", kNoConnection, kNoConnection, Then::kAgainCounted,
       "before the answer", kNone, "", kFailed},
      {"never answers", "never", kTimeout, kTimeout, Then::kAgainCounted, "did not begin"},
      {"keep-alive for ever", "queue_for_ever", kTimeout, kTimeout, Then::kAgainCounted,
       "did not begin"},
      // Streamed, the first drop is the chunk with the role: what stalls then is behind the second.
      {"stalls for ever",
       R"({"preset":"drip","drip_bytes":400,"drip_wait_s":2.5,"output_tokens":200})", kTimeout,
       kTimeout, Then::kAgainCounted, "stopped for longer"},
      {"never ends",
       R"({"preset":"drip","drip_bytes":400,"drip_wait_s":0.2,"output_tokens":20000})", kTimeout,
       kTimeout, Then::kAgainCounted, "total time limit"},
      {"cut", "cut_stream", kTruncated, kTruncated, Then::kAgainCounted, "middle of the answer"},
      {"cut by a reset", R"({"preset":"cut_stream_reset","head_wait_s":0,"first_content_s":0.5})",
       kTruncated, kTruncated, Then::kAgainCounted, "middle of the answer"},
      {"shorter than announced", "cut_body", kTruncated, kTruncated, Then::kAgainCounted,
       "middle of the answer"},

      {"200 with an error", "error_in_body", kFailed, kFailed, Then::kAgainCounted,
       "provider returned error"},
      {"error in the stream", "error_in_stream", kFailed, kFailed, Then::kAgainCounted,
       "stream interrupted"},
      {"no finish_reason", "missing_finish", kOdd, kTruncated, Then::kAgainCounted,
       "finish_reason"},
      {"no finish_reason, no [DONE]", "missing_finish_and_done", kOdd, kTruncated,
       Then::kAgainCounted, "finish_reason"},
      {"finish_reason null", "finish_null", kOdd, kTruncated, Then::kAgainCounted, "finish_reason"},
      {"finish_reason unknown", "finish_unknown", kOdd, kOdd, Then::kAgainCounted, "sunspots"},
      {"finish_reason insufficient_system_resource", "insufficient_system_resource", kTruncated,
       kTruncated, Then::kAgainCounted, "interrupted"},
      {"200 without JSON", "not_json", kUnusable, kUnusable, Then::kAgainCounted,
       "not a JSON object"},
      {"200 with nothing", "empty_200", kTruncated, kTruncated, Then::kAgainCounted,
       "without content"},

      {"400", "bad_request_400", kInvalid, kInvalid, Then::kFails, "temperature"},
      {"413", "too_large_413", kInvalid, kInvalid, Then::kFails, "too large"},
      {"422", "unprocessable_422", kInvalid, kInvalid, Then::kFails, "deserialize"},
      {"context_length_exceeded", "context_length", kContext, kContext, Then::kFails,
       "maximum context length"},
      {"context length in the text", "context_length_text", kContext, kContext, Then::kFails,
       "maximum context length"},

      {"401", "bad_key_401", kUnauthorized, kUnauthorized, Then::kOperator, "Incorrect API key"},
      {"402", "no_balance_402", kNoBalance, kNoBalance, Then::kOperator, "Insufficient Balance"},
      {"403", "forbidden_403", kUnauthorized, kUnauthorized, Then::kOperator, "not supported"},
      {"404 model", "no_model_404", kNoModel, kNoModel, Then::kOperator, "does not exist"},
      {"429 insufficient_quota", "insufficient_quota_429", kNoBalance, kNoBalance, Then::kOperator,
       "billing"},
      {"429 credit_balance_exhausted", "credit_balance_429", kNoBalance, kNoBalance,
       Then::kOperator, "credit"},
      {"429 spend limit", "spend_limit_429", kNoBalance, kNoBalance, Then::kOperator,
       "spend limit"},
      {"429 usage limit", "usage_limit_429", kNoBalance, kNoBalance, Then::kOperator,
       "usage limit"},
      // When the quota comes back depends on the day: any hint that is not the body's 45.8 s.
      {"429 until tomorrow", "daily_quota_429", kQuota, kQuota, Then::kReset, "per day",
       absl::ZeroDuration()},

      {"redirect", "redirect", kNotFollowed, kNotFollowed, Then::kAgainCounted, "not followed"},
      {"error that quotes the key", "echo_key", kInvalid, kInvalid, Then::kFails,
       "Malformed request"},
  };
  return rows;
}

}  // namespace lull
