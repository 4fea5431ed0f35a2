#include "tests/worker/answer_table.h"

#include "absl/strings/match.h"

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
constexpr AnswerEnd kCancel = {v1::OUTCOME_CANCELLED, v1::BILLED_MAYBE};
constexpr AnswerEnd kBusyInside = {v1::OUTCOME_BUSY, v1::BILLED_MAYBE};
constexpr AnswerEnd kRateInside = {v1::OUTCOME_RATE_LIMITED, v1::BILLED_MAYBE};
constexpr AnswerEnd kNoBalanceInside = {v1::OUTCOME_NO_BALANCE, v1::BILLED_MAYBE};
constexpr AnswerEnd kQuota = {v1::OUTCOME_QUOTA_EXHAUSTED, v1::BILLED_NO};

// Over HTTP/1.1 and over HTTP/2.
constexpr char kCutText[] = "of the answer";

AnswerRow OfPath(const char* path, AnswerRow row) {
  row.path = path;
  return row;
}
AnswerRow WithUsage(const UsageFacts& usage, AnswerRow row) {
  row.usage = usage;
  return row;
}

#define HINT(form, seconds) \
  R"({"preset":"rate_limit_429","hint_s":)" seconds R"(,"hint":")" form R"("})"

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
    case Then::kCancelled:
      return "cancelled";
  }
  return "";
}

bool IsTimeOfDay(const AnswerRow& row) {
  for (const char* form : {"retry_after_date", "anthropic", "epoch"}) {
    if (absl::StrContains(row.script, form)) return true;
  }
  return false;
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
      WithUsage({5, 27, 7}, {"usage of OpenAI", "usage_openai", kGoodEnd, kGoodEnd, Then::kDone}),
      WithUsage({5, 27, 7},
                {"usage of DeepSeek", "usage_deepseek", kGoodEnd, kGoodEnd, Then::kDone}),
      {"half a surrogate pair", "half_emoji", kGoodEnd, kGoodEnd, Then::kDone},
      {"no usage", "no_usage", kGoodEnd, kGoodEnd, Then::kDone},
      OfPath(kEmbeddingsPath, {"embeddings", "ok", kGoodEnd, kGoodEnd, Then::kDone, "", kNone, ""}),

      {"429 rate", "rate_limit_429", kRate, kRate, Then::kAgain, "Please slow down"},
      {"429 tokens", R"({"preset":"rate_limit_429","error_type":"tokens"})", kRate, kRate,
       Then::kAgain, "tokens"},
      {"429 concurrency", "concurrency_429", kRate, kRate, Then::kAgain, "concurrency limit of 39"},
      {"503 slow_down", "slow_down_503", kBusy, kBusy, Then::kAgain, "slow_down"},
      {"503", "unavailable_503", kBusy, kBusy, Then::kAgain, "overloaded"},
      {"529", "overloaded_529", kBusy, kBusy, Then::kAgain, "Overloaded"},
      {"498", "flex_498", kBusy, kBusy, Then::kAgain, "Flex tier"},

      {"retry-after-ms", HINT("retry_after_ms", "7.5"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7.5)},
      {"Retry-After in seconds", HINT("retry_after_s", "7"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7)},
      {"Retry-After with a fraction", HINT("retry_after_fraction", "7.5"), kRate, kRate,
       Then::kAgain, "429", absl::Seconds(7.5)},
      {"Retry-After as a date", HINT("retry_after_date", "7"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7)},
      {"x-ms-retry-after-ms", HINT("ms_retry_after_ms", "7.5"), kRate, kRate, Then::kAgain, "429",
       absl::Seconds(7.5)},
      {"retry_after in the body", HINT("body_retry_after", "7.5"), kRate, kRate, Then::kAgain,
       "429", absl::Seconds(7.5)},
      {"retryDelay in the body", HINT("google_retry_info", "7.5"), kRate, kRate, Then::kAgain,
       "429", absl::Seconds(7.5)},
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
      {"refusal that is cut",
       R"({"preset":"rate_limit_429","hint":"retry_after_ms","hint_s":7,"head_wait_s":0,
           "first_content_s":1,"cut_after_bytes":20,"end":"close"})",
       kRate, kRate, Then::kAgain, "429", absl::Seconds(7)},
      // nginx holds a head back until something of the body is there.
      {"refusal that stalls",
       R"({"preset":"unavailable_503","hint":"retry_after_ms","hint_s":7,"drip_bytes":20,
           "drip_wait_s":2.5})",
       kBusy, kBusy, Then::kAgain, "503", absl::Seconds(7)},
      {"refusal without end",
       R"({"preset":"huge_body","hostile_bytes":20000000,"status":429,"hint":"retry_after_ms",
           "hint_s":7})",
       kRate, kRate, Then::kAgain, "429", absl::Seconds(7)},
      {"hint of a 503", R"({"preset":"unavailable_503","hint":"retry_after_s","hint_s":7})", kBusy,
       kBusy, Then::kAgain, "503", absl::Seconds(7)},
      {"hint of a 500", R"({"preset":"error_500","hint":"retry_after_s","hint_s":7})", kFailed,
       kFailed, Then::kAgainCounted, "500", absl::Seconds(7)},
      {"negative hint", HINT("negative", "7"), kRate, kRate, Then::kAgain, "429"},
      {"absurd hint", HINT("absurd", "7"), kRate, kRate, Then::kAgain, "429"},
      {"garbage for a hint", HINT("garbage", "7"), kRate, kRate, Then::kAgain, "429"},

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
      {"another 5xx", R"({"status":520,"content_type":"text/plain","body":"error code: 520"})",
       kFailed, kFailed, Then::kAgainCounted, "520"},
      {"500 that is cut",
       R"({"preset":"error_500","head_wait_s":0,"first_content_s":1,"cut_after_bytes":20,
           "end":"close"})",
       kFailed, kFailed, Then::kAgainCounted, "500"},
      {"no connection", kNoServer, kNotConnected, kNotConnected, Then::kAgainCounted,
       "could not be connected"},
      {"connects never", kSilentServer, kNotConnected, kNotConnected, Then::kAgainCounted,
       "not connected within the time limit"},
      {"certificate not trusted", kUntrustedServer, kNotConnected, kNotConnected,
       Then::kAgainCounted, "certificate"},
      {"stream refused", kRefusingPeer, kNotConnected, kNotConnected, Then::kAgainCounted,
       "refused the HTTP/2 stream"},
      {"HTTP/1.1 required", kHttp11Peer, kNotConnected, kNotConnected, Then::kAgainCounted,
       "only over HTTP/1.1"},
      {"gone away", kLeavingPeer, kNoConnection, kNoConnection, Then::kAgainCounted, "GOAWAY"},
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
      {"cut", "cut_stream", kTruncated, kTruncated, Then::kAgainCounted, kCutText},
      {"cut by a reset", R"({"preset":"cut_stream_reset","head_wait_s":0,"first_content_s":0.5})",
       kTruncated, kTruncated, Then::kAgainCounted, kCutText},
      {"shorter than announced", "cut_body", kTruncated, kTruncated, Then::kAgainCounted, kCutText},

      {"200 with an error", "error_in_body", kFailed, kFailed, Then::kAgainCounted,
       "provider returned error"},
      {"200 with a 429 inside",
       R"({"preset":"error_in_body","error_code":"429","hint":"body_retry_after","hint_s":7})",
       kRateInside, kRateInside, Then::kAgain, "provider returned error", absl::Seconds(7)},
      {"200 with a 503 inside", R"({"preset":"error_in_body","error_code":"503"})", kBusyInside,
       kBusyInside, Then::kAgain, "provider returned error"},
      {"200 with a 402 inside", R"({"preset":"error_in_body","error_code":"402"})",
       kNoBalanceInside, kNoBalanceInside, Then::kOperator, "provider returned error"},
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

      {"200 without choices", R"({"body":"{}","content_type":"application/json"})", kOdd, kOdd,
       Then::kAgainCounted, "no choices"},
      OfPath(kEmbeddingsPath, {"embeddings without data", R"({"body":"{}"})", kOdd, kOdd,
                               Then::kAgainCounted, "no data"}),
      OfPath(kEmbeddingsPath,
             {"embeddings, none of them", R"({"body":"{\"object\":\"list\",\"data\":[]}"})", kOdd,
              kOdd, Then::kAgainCounted, "no data"}),
      OfPath(kEmbeddingsPath, {"embeddings with an error inside", "error_in_body", kFailed, kFailed,
                               Then::kAgainCounted, "provider returned error"}),
      {"head too large", "huge_header", kUnusable, kUnusable, Then::kAgainCounted, "head", kNone,
       "", kFailed},
      {"body too large", R"({"preset":"huge_body","hostile_bytes":20000000})", kUnusable, kUnusable,
       Then::kAgainCounted, "too large"},
      {"line too large", R"({"preset":"huge_line","hostile_bytes":20000000})", kUnusable, kUnusable,
       Then::kAgainCounted, "too large"},
      {"too many parts", R"({"preset":"many_choices","hostile_bytes":300000})", kUnusable,
       kUnusable, Then::kAgainCounted, "too large"},
      {"JSON too deep", R"({"preset":"deep_json","hostile_bytes":10000})", kUnusable, kUnusable,
       Then::kAgainCounted, "nested deeper than 128"},
      {"JSON too dense", "dense_json", kUnusable, kUnusable, Then::kAgainCounted, "so many values"},
      {"compressed", R"({"preset":"gzip_bomb","hostile_bytes":10000})", kUnusable, kUnusable,
       Then::kAgainCounted, "Content-Encoding \"gzip\""},

      {"400", "bad_request_400", kInvalid, kInvalid, Then::kFails, "temperature"},
      {"413", "too_large_413", kInvalid, kInvalid, Then::kFails, "too large"},
      {"422", "unprocessable_422", kInvalid, kInvalid, Then::kFails, "deserialize"},
      {"context_length_exceeded", "context_length", kContext, kContext, Then::kFails,
       "maximum context length"},
      {"context length in the text", "context_length_text", kContext, kContext, Then::kFails,
       "maximum context length"},
      OfPath(kEmbeddingsPath, {"404 path", R"({"status":404,"error_message":"Not Found"})",
                               kInvalid, kInvalid, Then::kFails, "Not Found"}),

      {"401", "bad_key_401", kUnauthorized, kUnauthorized, Then::kOperator, "Incorrect API key"},
      {"no TLS", kPlainOrigin, kUnauthorized, kUnauthorized, Then::kOperator, "without TLS"},
      {"key of another origin", kForeignOrigin, kUnauthorized, kUnauthorized, Then::kOperator,
       "may not be sent to"},
      {"402", "no_balance_402", kNoBalance, kNoBalance, Then::kOperator, "Insufficient Balance"},
      {"403", "forbidden_403", kUnauthorized, kUnauthorized, Then::kOperator, "not supported"},
      {"404 model", "no_model_404", kNoModel, kNoModel, Then::kOperator, "does not exist"},
      {"404 address", R"({"status":404,"error_message":"Not Found"})", kNoModel, kNoModel,
       Then::kOperator, "Not Found"},
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
      {"429 for the day",
       R"({"preset":"rate_limit_429","error_message":"Limit reached: 200 requests per day."})",
       kQuota, kQuota, Then::kReset, "per day", absl::ZeroDuration()},
      {"429 until a reset",
       R"({"preset":"rate_limit_429","error_message":"Limit reached: 200 requests per day.",
           "rate_headers":"reset_epoch","rate_reset_s":9})",
       kQuota, kQuota, Then::kReset, "per day", absl::Seconds(9)},

      {"another 4xx", R"({"status":418,"error_message":"I am a teapot."})", kNotFollowed,
       kNotFollowed, Then::kAgainCounted, "teapot"},
      {"redirect", "redirect", kNotFollowed, kNotFollowed, Then::kAgainCounted, "not followed"},
      {"error that quotes the key", "echo_key", kInvalid, kInvalid, Then::kFails,
       "Malformed request"},

      {"cancelled by the user", kCancelledCall, kCancel, kCancel, Then::kCancelled, "cancelled"},
  };
  return rows;
}

const std::vector<AnswerRow>& HostileTable() {
  constexpr absl::Duration kNone = absl::InfiniteDuration();
  constexpr Then kCounted = Then::kAgainCounted;
  static const auto& rows = *new std::vector<AnswerRow>{
      {"keep-alive lines for ever", R"({"preset":"queue_for_ever","keep_alive_s":0.01})", kTimeout,
       kTimeout, kCounted},
      {"a byte at a time", R"({"preset":"drip","drip_wait_s":0.1,"output_tokens":2000})", kTimeout,
       kTimeout, kCounted},
      {"closed after reading", "close_after_read", kNoConnection, kNoConnection, kCounted, "",
       kNone, "", kFailed},
      {"reset after reading", "reset_after_read", kNoConnection, kNoConnection, kCounted, "", kNone,
       "", kFailed},
      {"cut after a chunk", R"({"preset":"cut_stream","cut_after_chunks":1})", kTruncated,
       kTruncated, kCounted},
      {"a body of 1 GiB", "huge_body", kUnusable, kUnusable, kCounted, "too large"},
      {"a line of 1 GiB", "huge_line", kUnusable, kUnusable, kCounted, "too large"},
      {"a header of 10 MB", "huge_header", kUnusable, kUnusable, kCounted, "", kNone, "", kFailed},
      {"10 MB of headers", "many_headers", kUnusable, kUnusable, kCounted, "", kNone, "", kFailed},
      {"1 GiB in gzip", "gzip_bomb", kUnusable, kUnusable, kCounted},
      {"10,000 deep", R"({"preset":"deep_json","hostile_bytes":10000})", kUnusable, kUnusable,
       kCounted, "nested deeper"},
      {"a million deep", "deep_json", kUnusable, kUnusable, kCounted},
      {"8 million numbers", "dense_json", kUnusable, kUnusable, kCounted, "so many values"},
      {"a million choices", "many_choices", kUnusable, kUnusable, kCounted, "too large"},
      {"a million tool calls", "many_tool_calls", kUnusable, kUnusable, kCounted, "too large"},
      {"redirect to a link-local address", "redirect", kNotFollowed, kNotFollowed, kCounted,
       "not followed"},
      {"400 that quotes the key", "echo_key", kInvalid, kInvalid, Then::kFails,
       "Malformed request"},
      {"401 that quotes the key", "bad_key_401", kUnauthorized, kUnauthorized, Then::kOperator,
       "Incorrect API key"},
  };
  return rows;
}

}  // namespace lull
