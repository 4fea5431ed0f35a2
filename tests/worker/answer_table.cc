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

const std::vector<AnswerRow>& AnswerTable() {
  constexpr absl::Duration kNone = absl::InfiniteDuration();
  static const auto& rows = *new std::vector<AnswerRow>{
      {"answer", "ok", kGoodEnd, kGoodEnd},
      {"finish length", "finish_length", kGoodEnd, kGoodEnd, "", kNone, "length"},
      {"finish tool_calls", "finish_tool_calls", kGoodEnd, kGoodEnd, "", kNone, "tool_calls"},
      {"finish function_call", "finish_function_call", kGoodEnd, kGoodEnd, "", kNone,
       "function_call"},
      {"finish content_filter", "finish_content_filter", kGoodEnd, kGoodEnd, "", kNone,
       "content_filter"},
      {"keep-alive, then the answer", R"({"preset":"queue_10s","queue_s":0.2,"keep_alive_s":0.02})",
       kGoodEnd, kGoodEnd},
      {"slow first content", R"({"preset":"slow_first_content","first_content_s":0.2})", kGoodEnd,
       kGoodEnd},
      {"no usage", "no_usage", kGoodEnd, kGoodEnd},

      {"429 rate", "rate_limit_429", kRate, kRate, "Please slow down"},
      {"429 concurrency", "concurrency_429", kRate, kRate, "concurrency limit of 39"},
      {"503 slow_down", "slow_down_503", kBusy, kBusy, "slow_down"},
      {"503", "unavailable_503", kBusy, kBusy, "overloaded"},
      {"529", "overloaded_529", kBusy, kBusy, "Overloaded"},
      {"498", "flex_498", kBusy, kBusy, "Flex tier"},

      {"retry-after-ms", HINT("retry_after_ms"), kRate, kRate, "429", absl::Seconds(7)},
      {"Retry-After in seconds", HINT("retry_after_s"), kRate, kRate, "429", absl::Seconds(7)},
      {"Retry-After with a fraction", HINT("retry_after_fraction"), kRate, kRate, "429",
       absl::Seconds(7)},
      {"Retry-After as a date", HINT("retry_after_date"), kRate, kRate, "429", absl::Seconds(7)},
      {"x-ms-retry-after-ms", HINT("ms_retry_after_ms"), kRate, kRate, "429", absl::Seconds(7)},
      {"retry_after in the body", HINT("body_retry_after"), kRate, kRate, "429", absl::Seconds(7)},
      {"retryDelay in the body", HINT("google_retry_info"), kRate, kRate, "429", absl::Seconds(7)},
      {"negative hint", HINT("negative"), kRate, kRate, "429"},
      {"absurd hint", HINT("absurd"), kRate, kRate, "429"},
      {"garbage for a hint", HINT("garbage"), kRate, kRate, "429"},

      {"408", "timeout_408", kFailed, kFailed, "408"},
      {"409", "conflict_409", kConflict, kConflict, "409"},
      {"500", "error_500", kFailed, kFailed, "The server had an error"},
      {"502", "bad_gateway_502", kFailed, kFailed, "Bad Gateway"},
      {"504", "gateway_timeout_504", kFailed, kFailed, "504"},
      {"524", "timeout_524", kFailed, kFailed, "524"},
      {"closed after reading", "close_after_read", kNoConnection, kNoConnection,
       "before the answer"},
      {"reset after reading", "reset_after_read", kNoConnection, kNoConnection,
       "before the answer"},
      {"never answers", "never", kTimeout, kTimeout, "did not begin"},
      {"keep-alive for ever", "queue_for_ever", kTimeout, kTimeout, "did not begin"},
      {"stalls for ever",
       R"({"preset":"drip","drip_bytes":400,"drip_wait_s":1.5,"output_tokens":200})", kTimeout,
       kTimeout, "stopped for longer"},
      {"cut", "cut_stream", kTruncated, kTruncated, "middle of the answer"},
      {"cut by a reset", "cut_stream_reset", kTruncated, kTruncated, "middle of the answer"},
      {"shorter than announced", "cut_body", kTruncated, kTruncated, "middle of the answer"},

      {"200 with an error", "error_in_body", kFailed, kFailed, "provider returned error"},
      {"error in the stream", "error_in_stream", kFailed, kFailed, "stream interrupted"},
      {"no finish_reason", "missing_finish", kOdd, kTruncated, "finish_reason"},
      {"no finish_reason, no [DONE]", "missing_finish_and_done", kOdd, kTruncated, "finish_reason"},
      {"finish_reason null", "finish_null", kOdd, kTruncated, "finish_reason"},
      {"finish_reason unknown", "finish_unknown", kOdd, kOdd, "sunspots"},
      {"finish_reason insufficient_system_resource", "insufficient_system_resource", kTruncated,
       kTruncated, "interrupted"},
      {"200 without JSON", "not_json", kUnusable, kUnusable, "not a JSON object"},
      {"200 with nothing", "empty_200", kTruncated, kTruncated, "without content"},

      {"400", "bad_request_400", kInvalid, kInvalid, "temperature"},
      {"413", "too_large_413", kInvalid, kInvalid, "too large"},
      {"422", "unprocessable_422", kInvalid, kInvalid, "deserialize"},
      {"context_length_exceeded", "context_length", kContext, kContext, "maximum context length"},
      {"context length in the text", "context_length_text", kContext, kContext,
       "maximum context length"},

      {"401", "bad_key_401", kUnauthorized, kUnauthorized, "Incorrect API key"},
      {"402", "no_balance_402", kNoBalance, kNoBalance, "Insufficient Balance"},
      {"403", "forbidden_403", kUnauthorized, kUnauthorized, "not supported"},
      {"404 model", "no_model_404", kNoModel, kNoModel, "does not exist"},
      {"429 insufficient_quota", "insufficient_quota_429", kNoBalance, kNoBalance, "billing"},
      {"429 credit_balance_exhausted", "credit_balance_429", kNoBalance, kNoBalance, "credit"},
      {"429 spend limit", "spend_limit_429", kNoBalance, kNoBalance, "spend limit"},
      {"429 usage limit", "usage_limit_429", kNoBalance, kNoBalance, "usage limit"},
      // When the quota comes back depends on the day: any hint that is not the body's 45.8 s.
      {"429 until tomorrow", "daily_quota_429", kQuota, kQuota, "per day", absl::ZeroDuration()},

      {"redirect", "redirect", kNotFollowed, kNotFollowed, "not followed"},
      {"error that quotes the key", "echo_key", kInvalid, kInvalid, "Malformed request"},
  };
  return rows;
}

}  // namespace lull
