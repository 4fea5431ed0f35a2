#include "worker/refusal.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace lull {
namespace {

// What a status means when the error in the body says no more. BILLED_NO: the upstream refused to
// begin. BILLED_MAYBE: it failed, or a gateway lost it, somewhere on the way.
struct StatusMeaning {
  int status;
  Verdict verdict;
};

constexpr Verdict kInvalidRequest = {v1::OUTCOME_INVALID_REQUEST, v1::BILLED_NO,
                                     absl::StatusCode::kInvalidArgument};
constexpr Verdict kContextOverflow = {v1::OUTCOME_CONTEXT_OVERFLOW, v1::BILLED_NO,
                                      absl::StatusCode::kInvalidArgument};
constexpr Verdict kUnauthorized = {v1::OUTCOME_UNAUTHORIZED, v1::BILLED_NO,
                                   absl::StatusCode::kUnauthenticated};
constexpr Verdict kForbidden = {v1::OUTCOME_UNAUTHORIZED, v1::BILLED_NO,
                                absl::StatusCode::kPermissionDenied};
constexpr Verdict kNoBalance = {v1::OUTCOME_NO_BALANCE, v1::BILLED_NO,
                                absl::StatusCode::kFailedPrecondition};
constexpr Verdict kModelNotFound = {v1::OUTCOME_MODEL_NOT_FOUND, v1::BILLED_NO,
                                    absl::StatusCode::kNotFound};
constexpr Verdict kNoSuchPath = {v1::OUTCOME_INVALID_REQUEST, v1::BILLED_NO,
                                 absl::StatusCode::kNotFound};
constexpr Verdict kQuotaExhausted = {v1::OUTCOME_QUOTA_EXHAUSTED, v1::BILLED_NO,
                                     absl::StatusCode::kResourceExhausted};
constexpr Verdict kRateLimited = {v1::OUTCOME_RATE_LIMITED, v1::BILLED_NO,
                                  absl::StatusCode::kResourceExhausted};
constexpr Verdict kBusy = {v1::OUTCOME_BUSY, v1::BILLED_NO, absl::StatusCode::kUnavailable};
constexpr Verdict kConflict = {v1::OUTCOME_SERVER_ERROR, v1::BILLED_NO, absl::StatusCode::kAborted};
constexpr Verdict kServerError = {v1::OUTCOME_SERVER_ERROR, v1::BILLED_MAYBE,
                                  absl::StatusCode::kUnavailable};
// A redirect, or a status that no LLM API documents: retried as an unusable answer, so that neither
// one odd proxy fails the job at once nor does it go on for ever.
constexpr Verdict kUnexpected = {v1::OUTCOME_INVALID_RESPONSE, v1::BILLED_NO,
                                 absl::StatusCode::kInternal};

constexpr StatusMeaning kMeanings[] = {
    {400, kInvalidRequest}, {401, kUnauthorized}, {402, kNoBalance},      {403, kForbidden},
    {408, kServerError},    {409, kConflict},     {413, kInvalidRequest}, {422, kInvalidRequest},
    {429, kRateLimited},    {498, kBusy},         {500, kServerError},    {502, kServerError},
    {503, kBusy},           {504, kServerError},  {524, kServerError},    {529, kBusy},
};

Verdict MeaningOfStatus(int status) {
  for (const StatusMeaning& meaning : kMeanings) {
    if (meaning.status == status) return meaning.verdict;
  }
  // An error object in a 2xx answer that names no status: the upstream failed after it had begun.
  if (status >= 500 || (status >= 200 && status <= 299)) return kServerError;
  return kUnexpected;
}

using NameTest = bool (*)(absl::string_view lower_case_name);

bool AnyName(const AnswerError& error, NameTest test) {
  return std::any_of(error.names.begin(), error.names.end(),
                     [test](const std::string& name) { return test(absl::AsciiStrToLower(name)); });
}

bool IsContextOverflowName(absl::string_view name) { return name == "context_length_exceeded"; }

bool IsContextOverflowText(absl::string_view text) {
  return absl::StrContains(text, "maximum context length is") ||  // OpenAI, DeepSeek, vLLM
         absl::StrContains(text, "prompt is too long") ||         // Anthropic
         (absl::StrContains(text, "input token count") &&         // Google
          absl::StrContains(text, "exceeds the maximum number of tokens"));
}

bool IsNoBalanceName(absl::string_view name) {
  return name == "insufficient_quota" || name == "insufficient_balance" ||
         name == "credit_balance_exhausted" || name == "exceeded_current_quota_error" ||
         name == "billing_hard_limit_reached" || name == "billing_not_active" ||
         absl::StrContains(name, "_spend_limit_") || absl::EndsWith(name, "_usage_limit_exceeded");
}

bool IsBadKeyName(absl::string_view name) {
  return name == "invalid_api_key" || name == "api_key_invalid" || name == "authentication_error";
}

bool IsModelName(absl::string_view name) {
  return name == "model_not_found" || name == "deploymentnotfound";  // the second: Azure
}

// Of a 404. One for the model is the operator's, and so is one for the path that every such API
// has: the upstream's address is wrong then. Any other path is a job's own.
Verdict ClassifyNotFound(const AnswerError& error, absl::string_view path) {
  const std::string text = absl::AsciiStrToLower(error.message);
  const bool is_operators = absl::StrContains(text, "model") ||
                            absl::StrContains(text, "deployment") ||
                            absl::EndsWith(path, "/chat/completions");
  return is_operators ? kModelNotFound : kNoSuchPath;
}

bool IsRateName(absl::string_view name) {
  return name == "rate_limit_exceeded" || name == "rate_limit_error" ||
         name == "rate_limit_reached_error" || name == "resource_exhausted";
}

bool IsBusyName(absl::string_view name) {
  return name == "slow_down" || name == "overloaded_error" || name == "engine_overloaded_error" ||
         name == "server_overloaded" || name == "unavailable";
}

bool IsDaily(absl::string_view text) {
  return absl::StrContains(text, "per day") || absl::StrContains(text, "per-day") ||
         absl::StrContains(text, "per_day") || absl::StrContains(text, "perday") ||
         absl::StrContains(text, "daily") || absl::StrContains(text, "(rpd)") ||
         absl::StrContains(text, "(tpd)");
}

Verdict ClassifyRate(const AnswerError& error, absl::string_view text) {
  if (AnyName(error, IsDaily) || IsDaily(text)) return kQuotaExhausted;
  if (AnyName(error, IsBusyName)) return kBusy;
  return kRateLimited;
}

// The error's own words, which are more exact than the status of a client's error (4xx) or of an
// answer that began well (2xx).
std::optional<Verdict> ClassifyWords(int status, const AnswerError& error) {
  const std::string text = absl::AsciiStrToLower(error.message);
  if (error.input_flagged) return kInvalidRequest;
  if (AnyName(error, IsContextOverflowName) || IsContextOverflowText(text)) return kContextOverflow;
  if (AnyName(error, IsNoBalanceName)) return kNoBalance;
  if (AnyName(error, IsBadKeyName)) return kUnauthorized;
  if (AnyName(error, IsModelName) || absl::StrContains(text, "model not exist")) {
    return kModelNotFound;
  }
  const bool nothing_said = status >= 200 && status <= 299;
  if (status == 429 || (nothing_said && AnyName(error, IsRateName))) {
    return ClassifyRate(error, text);
  }
  if (nothing_said && AnyName(error, IsBusyName)) return kBusy;
  return std::nullopt;
}

}  // namespace

Verdict ClassifyRefusal(int status, const AnswerError& error, absl::string_view path) {
  if (AnyName(error, [](absl::string_view name) { return name == "slow_down"; })) return kBusy;
  if (status < 500) {
    if (const std::optional<Verdict> verdict = ClassifyWords(status, error)) return *verdict;
  }
  return status == 404 ? ClassifyNotFound(error, path) : MeaningOfStatus(status);
}

std::optional<int32_t> FindConcurrencyCap(absl::string_view message) {
  constexpr absl::string_view kPhrase = "concurrency limit of ";
  const std::string text = absl::AsciiStrToLower(message);
  const size_t at = absl::string_view(text).find(kPhrase);
  if (at == absl::string_view::npos) return std::nullopt;
  const absl::string_view rest = absl::string_view(text).substr(at + kPhrase.size());
  const absl::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
  int32_t cap;
  if (!absl::SimpleAtoi(digits, &cap) || cap < 1) return std::nullopt;
  return cap;
}

absl::Duration NextLookAtDailyQuota(absl::Time now) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::Time midnight = absl::FromCivil(absl::ToCivilDay(now, utc) + 1, utc);
  return std::clamp(midnight - now, absl::Minutes(1), absl::Hours(1));
}

std::optional<absl::Duration> FindDailyReset(const AnswerError& error, absl::Time now) {
  const bool google =
      AnyName(error, [](absl::string_view name) { return absl::StrContains(name, "perday"); });
  if (!google) return std::nullopt;
  absl::TimeZone pacific;
  if (!absl::LoadTimeZone("America/Los_Angeles", &pacific)) {
    pacific = absl::FixedTimeZone(-8 * 60 * 60);
  }
  const absl::CivilDay tomorrow = absl::CivilDay(absl::ToCivilDay(now, pacific)) + 1;
  return absl::FromCivil(tomorrow, pacific) - now;
}

}  // namespace lull
