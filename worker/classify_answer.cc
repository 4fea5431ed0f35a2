#include "worker/classify_answer.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "worker/answer_body.h"
#include "worker/delay_hint.h"
#include "worker/json_repair.h"
#include "worker/proto_duration.h"
#include "worker/rate_limit_headers.h"
#include "worker/redact.h"
#include "worker/refusal.h"

namespace lull {
namespace {

constexpr size_t kWordBytesMax = 128;  // finish reason, model
constexpr size_t kHeaderBytesMax = 256;
constexpr size_t kPlainTextBytesMax = 4096;

// The answer's headers that are kept: what it is, its id for the provider's support, its time.
constexpr absl::string_view kKeptHeaders[] = {
    "content-type", "x-request-id", "request-id", "x-ds-trace-id", "openai-processing-ms",
};

struct Judgement {
  Verdict verdict;
  std::string message;  // not redacted
};

v1::Billed BilledIfWritten(const HttpAnswer& answer) {
  const bool acted_on = answer.written && answer.end != HttpEnd::kStreamRefused;
  return acted_on ? v1::BILLED_MAYBE : v1::BILLED_NO;
}

// The upstream turned the call away: that holds, and with it what the head says of when to come
// back, whatever becomes of the body behind it.
bool IsRefusal(const HttpAnswer& answer) {
  return answer.began && answer.status >= 300 && answer.end != HttpEnd::kAborted;
}

Judgement JudgeUnanswered(const HttpAnswer& answer) {
  const v1::Billed billed = BilledIfWritten(answer);
  const auto judge = [&](v1::Outcome outcome, absl::StatusCode code, absl::string_view what) {
    const absl::string_view separator = answer.detail.empty() ? "" : ": ";
    return Judgement{{outcome, billed, code}, absl::StrCat(what, separator, answer.detail)};
  };
  switch (answer.end) {
    case HttpEnd::kNotConnected:
      return judge(v1::OUTCOME_CONNECTION_FAILED, absl::StatusCode::kUnavailable,
                   "the upstream could not be connected");
    case HttpEnd::kConnectTimeout:
      return judge(v1::OUTCOME_CONNECTION_FAILED, absl::StatusCode::kUnavailable,
                   "the upstream was not connected within the time limit");
    case HttpEnd::kBroke:
      return answer.began ? judge(v1::OUTCOME_TRUNCATED, absl::StatusCode::kUnavailable,
                                  "the connection broke in the middle of the answer")
                          : judge(v1::OUTCOME_CONNECTION_FAILED, absl::StatusCode::kUnavailable,
                                  "the connection broke before the answer began");
    case HttpEnd::kStreamReset:
      return judge(v1::OUTCOME_TRUNCATED, absl::StatusCode::kUnavailable,
                   "the upstream reset the stream before the end of the answer");
    case HttpEnd::kStreamRefused:
      return judge(v1::OUTCOME_CONNECTION_FAILED, absl::StatusCode::kUnavailable,
                   "the upstream refused the HTTP/2 stream");
    case HttpEnd::kFirstContentTimeout:
      return judge(v1::OUTCOME_TIMEOUT, absl::StatusCode::kDeadlineExceeded,
                   "the answer did not begin within the time limit");
    case HttpEnd::kBetweenContentTimeout:
      return judge(v1::OUTCOME_TIMEOUT, absl::StatusCode::kDeadlineExceeded,
                   "the answer stopped for longer than the time limit");
    case HttpEnd::kTotalTimeout:
      return judge(v1::OUTCOME_TIMEOUT, absl::StatusCode::kDeadlineExceeded,
                   "the call took longer than the total time limit");
    case HttpEnd::kHeadTooLarge:
      return judge(v1::OUTCOME_INVALID_RESPONSE, absl::StatusCode::kInternal,
                   "the head of the answer is too large");
    case HttpEnd::kBodyTooLarge:
      return judge(v1::OUTCOME_INVALID_RESPONSE, absl::StatusCode::kInternal,
                   "the body of the answer is too large");
    case HttpEnd::kAborted:
    case HttpEnd::kAnswered:  // not asked here
      break;
  }
  return judge(v1::OUTCOME_CANCELLED, absl::StatusCode::kCancelled, "the call was cancelled");
}

std::string RefusalMessage(int status, const AnswerError& error) {
  std::string message = absl::StrCat("HTTP ", status);
  if (!error.names.empty()) absl::StrAppend(&message, " (", absl::StrJoin(error.names, ", "), ")");
  if (!error.message.empty()) absl::StrAppend(&message, ": ", error.message);
  return message;
}

// An answer with another status than 2xx, or with an error inside.
Judgement JudgeRefusal(const HttpAnswer& answer, const AnswerError& error, absl::string_view path) {
  const bool inside_success = answer.status < 300;
  Judgement judgement;
  const int status = inside_success ? error.http_status.value_or(answer.status) : answer.status;
  judgement.verdict = ClassifyRefusal(status, error, path);
  // The status was given before the error happened, so the upstream may have begun to work.
  if (inside_success) judgement.verdict.billed = v1::BILLED_MAYBE;
  judgement.message = RefusalMessage(answer.status, error);
  const std::string* location = answer.headers.Find("location");
  if (answer.status >= 300 && answer.status < 400 && location != nullptr) {
    absl::StrAppend(&judgement.message, ": redirect to ", *location, ", not followed");
  }
  return judgement;
}

Judgement Unusable(v1::Outcome outcome, v1::Billed billed, std::string message) {
  const absl::StatusCode code = outcome == v1::OUTCOME_TRUNCATED ? absl::StatusCode::kUnavailable
                                                                 : absl::StatusCode::kInternal;
  return {{outcome, billed, code}, std::move(message)};
}

Judgement JudgeForm(const HttpAnswer& answer, AnswerBody::Form form) {
  const std::string* encoding = answer.headers.Find("content-encoding");
  if (encoding != nullptr && !absl::EqualsIgnoreCase(*encoding, "identity")) {
    return Unusable(v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE,
                    absl::StrCat("the answer has the Content-Encoding \"", *encoding,
                                 "\", which was not asked for"));
  }
  if (form == AnswerBody::Form::kEmpty) {
    return Unusable(v1::OUTCOME_TRUNCATED, v1::BILLED_MAYBE, "the answer ended without content");
  }
  if (form == AnswerBody::Form::kTooDeep) {
    return Unusable(v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE,
                    absl::StrCat("the answer is JSON nested deeper than ", kJsonDepthMax));
  }
  if (form == AnswerBody::Form::kTooDense) {
    return Unusable(v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE,
                    absl::StrCat("the answer is JSON of so many values that reading it takes more "
                                 "than ",
                                 kJsonReadBytesMax >> 20, " MiB"));
  }
  if (form == AnswerBody::Form::kNotJson && !answer.framed) {
    return Unusable(v1::OUTCOME_TRUNCATED, v1::BILLED_MAYBE,
                    "the connection ended in the middle of the answer's JSON");
  }
  return Unusable(v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_MAYBE,
                  "the answer is not a JSON object in UTF-8");
}

Judgement JudgeSuccess(const HttpAnswer& answer, const AnswerBody& body, absl::string_view path) {
  if (body.form != AnswerBody::Form::kObject) return JudgeForm(answer, body.form);
  if (body.error.has_value()) return JudgeRefusal(answer, *body.error, path);
  if (body.has_choices && body.finish_reason == kInterruptedFinishReason) {
    return Unusable(v1::OUTCOME_TRUNCATED, v1::BILLED_MAYBE,
                    absl::StrCat("the upstream interrupted the answer: finish_reason is ",
                                 kInterruptedFinishReason));
  }
  if (answer.streamed && (!body.has_choices || body.finish_reason.empty())) {
    return Unusable(v1::OUTCOME_TRUNCATED, v1::BILLED_MAYBE,
                    "the stream ended before the end of the answer: it gave no finish_reason");
  }
  if (body.has_choices && !IsKnownFinishReason(body.finish_reason)) {
    return Unusable(v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES,
                    absl::StrCat("the answer's finish_reason is \"", body.finish_reason,
                                 "\"; known are stop, length, tool_calls, content_filter and "
                                 "function_call"));
  }
  if (!body.has_choices && absl::EndsWith(path, "/completions")) {
    return Unusable(v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES, "the answer has no choices");
  }
  if (!body.has_data && absl::EndsWith(path, "/embeddings")) {
    return Unusable(v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_YES, "the answer has no data");
  }
  return {{v1::OUTCOME_SUCCEEDED, v1::BILLED_YES, absl::StatusCode::kOk}, ""};
}

Judgement Judge(const HttpAnswer& answer, const AnswerBody& body, absl::string_view path) {
  const bool whole = answer.end == HttpEnd::kAnswered;
  if (!whole && !IsRefusal(answer)) return JudgeUnanswered(answer);
  if (answer.status >= 200 && answer.status < 300) return JudgeSuccess(answer, body, path);
  AnswerError error;  // a plain text, an HTML page, or a piece of an answer
  error.message = answer.body.substr(0, kPlainTextBytesMax);
  Judgement judgement = JudgeRefusal(answer, body.error.value_or(error), path);
  if (!whole) absl::StrAppend(&judgement.message, "; ", JudgeUnanswered(answer).message);
  return judgement;
}

std::optional<absl::Duration> FindRetryAfter(const HttpAnswer& answer, const AnswerBody& body,
                                             v1::Outcome outcome, absl::Time now) {
  const bool rate_limited =
      outcome == v1::OUTCOME_RATE_LIMITED || outcome == v1::OUTCOME_QUOTA_EXHAUSTED;
  const AnswerError error = body.error.value_or(AnswerError());
  std::optional<absl::Duration> delay =
      FindDelayHint(answer.headers, error.retry_after, rate_limited, now);
  if (!delay) delay = FindDelayHint(error.headers, std::nullopt, rate_limited, now);
  if (outcome == v1::OUTCOME_QUOTA_EXHAUSTED) {
    // Google's RetryInfo is about the minute even when the day's quota is used up.
    const std::optional<absl::Duration> reset = FindDailyReset(error, now);
    if (reset) delay = std::max(delay.value_or(absl::ZeroDuration()), *reset);
    if (!delay) delay = NextLookAtDailyQuota(now);
  }
  return delay;
}

void AddRateLimits(const HttpHeaders& headers, absl::Time now, v1::AttemptResult& result) {
  for (const RateLimitWindow& window : ReadRateLimits(headers, now)) {
    v1::RateLimitHint& hint = *result.add_rate_limit_hints();
    switch (window.kind) {
      case RateLimitWindow::Kind::kRequests:
        hint.set_kind(v1::RateLimitHint::KIND_REQUESTS);
        break;
      case RateLimitWindow::Kind::kTokens:
        hint.set_kind(v1::RateLimitHint::KIND_TOKENS);
        break;
      case RateLimitWindow::Kind::kUnnamed:
        break;
    }
    if (window.limit) hint.set_limit(*window.limit);
    if (window.remaining) hint.set_remaining(*window.remaining);
    if (window.reset_after) SetDuration(*window.reset_after, hint.mutable_reset_after());
  }
}

// What an answer with a status line carries beside its outcome.
void AddAnswer(const HttpAnswer& answer, const AnswerBody& body, const Secret& key, absl::Time now,
               v1::AttemptResult& result) {
  result.set_http_status(answer.status);
  v1::AttemptResponse& response = *result.mutable_response();
  for (const absl::string_view name : kKeptHeaders) {
    const std::string* value = answer.headers.Find(name);
    if (value == nullptr) continue;
    (*response.mutable_headers())[std::string(name)] = Redact(*value, key, kHeaderBytesMax);
  }
  response.set_finish_reason(Redact(body.finish_reason, key, kWordBytesMax));
  response.set_model(Redact(body.model, key, kWordBytesMax));
  if (body.usage) *result.mutable_usage() = *body.usage;
  if (const std::optional<bool> word = FindShouldRetry(answer.headers)) {
    result.set_should_retry(*word);
  }
  AddRateLimits(answer.headers, now, result);
}

// Of an answer that broke off behind its `usage`, as streams do that lack their last bytes: it is
// not whole, but what it cost is known.
std::optional<v1::Usage> UsageOfPart(const HttpAnswer& answer) {
  if (!answer.began || answer.end == HttpEnd::kBodyTooLarge) return std::nullopt;
  return ReadAnswerBody(answer.body, /*refused=*/false).usage;
}

}  // namespace

v1::AttemptResult ClassifyAnswer(HttpAnswer answer, absl::string_view path, const Secret& key,
                                 absl::Time now) {
  const bool whole = answer.end == HttpEnd::kAnswered;
  const bool answered = whole || IsRefusal(answer);
  const bool refused = answer.status < 200 || answer.status > 299;
  // For good: what the user gets has to be readable, too.
  RepairSurrogates(answer.body);
  answer.body.reserve(answer.body.size() + kJsonPadding);
  AnswerBody body;
  if (answered) {
    body = ReadAnswerBody(answer.body, refused);
  } else {
    body.usage = UsageOfPart(answer);
  }
  const Judgement judgement = Judge(answer, body, path);

  v1::AttemptResult result;
  result.set_outcome(judgement.verdict.outcome);
  result.set_billed(judgement.verdict.billed);
  if (answer.began) AddAnswer(answer, body, key, now, result);
  if (answer.time_to_first_content) {
    SetDuration(*answer.time_to_first_content, result.mutable_time_to_first_content());
  }
  if (judgement.verdict.outcome == v1::OUTCOME_SUCCEEDED) {
    result.mutable_response()->set_body(std::move(answer.body));
    return result;
  }
  result.mutable_error()->set_code(static_cast<int>(judgement.verdict.code));
  result.mutable_error()->set_message(Redact(judgement.message, key));
  if (answered) {
    if (const auto delay = FindRetryAfter(answer, body, judgement.verdict.outcome, now)) {
      SetDuration(*delay, result.mutable_retry_after());
    }
    // Of a text that was cut, the number might be a piece of one.
    const auto cap = whole ? FindConcurrencyCap(judgement.message) : std::nullopt;
    if (cap) result.set_learned_concurrency_cap(*cap);
  }
  return result;
}

v1::AttemptResult NotCalled(v1::Outcome outcome, absl::string_view message, const Secret& key) {
  v1::AttemptResult result;
  result.set_outcome(outcome);
  result.set_billed(v1::BILLED_NO);
  const absl::StatusCode code = outcome == v1::OUTCOME_CANCELLED ? absl::StatusCode::kCancelled
                                : outcome == v1::OUTCOME_INVALID_REQUEST
                                    ? absl::StatusCode::kInvalidArgument
                                    : absl::StatusCode::kFailedPrecondition;
  result.mutable_error()->set_code(static_cast<int>(code));
  result.mutable_error()->set_message(Redact(message, key));
  return result;
}

}  // namespace lull
