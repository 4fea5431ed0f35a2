#include "tools/busy_api/rate_headers.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lull {
namespace {

void AddOpenAi(absl::string_view what, const RateState::Window& window, HttpHeaders* headers) {
  headers->Add(absl::StrCat("x-ratelimit-limit-", what), absl::StrCat(window.limit));
  headers->Add(absl::StrCat("x-ratelimit-remaining-", what), absl::StrCat(window.remaining));
  headers->Add(absl::StrCat("x-ratelimit-reset-", what), GoDuration(window.reset));
}

void AddAnthropic(absl::string_view what, const RateState::Window& window, absl::Time now,
                  HttpHeaders* headers) {
  const std::string prefix = absl::StrCat("anthropic-ratelimit-", what, "-");
  headers->Add(prefix + "limit", absl::StrCat(window.limit));
  headers->Add(prefix + "remaining", absl::StrCat(window.remaining));
  headers->Add(prefix + "reset",
               absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now + window.reset, absl::UTCTimeZone()));
}

void AddPlain(const RateState::Window& window, absl::string_view reset, HttpHeaders* headers) {
  headers->Add("x-ratelimit-limit", absl::StrCat(window.limit));
  headers->Add("x-ratelimit-remaining", absl::StrCat(window.remaining));
  headers->Add("x-ratelimit-reset", reset);
}

}  // namespace

std::string GoDuration(absl::Duration duration) {
  duration = std::max(duration, absl::ZeroDuration());
  if (duration == absl::ZeroDuration()) return "0s";
  if (duration < absl::Seconds(1)) {
    return absl::StrFormat("%.6gms", absl::ToDoubleMilliseconds(duration));
  }
  std::string out;
  const int64_t hours = absl::IDivDuration(duration, absl::Hours(1), &duration);
  const int64_t minutes = absl::IDivDuration(duration, absl::Minutes(1), &duration);
  if (hours > 0) absl::StrAppend(&out, hours, "h");
  if (hours > 0 || minutes > 0) absl::StrAppend(&out, minutes, "m");
  absl::StrAppend(&out, absl::StrFormat("%.6g", absl::ToDoubleSeconds(duration)), "s");
  return out;
}

void AddRateHeaders(absl::string_view family, const RateState& state, absl::Time now,
                    HttpHeaders* headers) {
  if (family == "openai") {
    AddOpenAi("requests", state.requests, headers);
    AddOpenAi("tokens", state.tokens, headers);
  } else if (family == "anthropic") {
    AddAnthropic("requests", state.requests, now, headers);
    AddAnthropic("tokens", state.tokens, now, headers);
  } else if (family == "reset_s") {
    AddPlain(state.requests, absl::StrCat(std::ceil(absl::ToDoubleSeconds(state.requests.reset))),
             headers);
  } else if (family == "reset_epoch") {
    AddPlain(state.requests,
             absl::StrCat(absl::ToUnixSeconds(now + state.requests.reset + absl::Seconds(1) -
                                              absl::Nanoseconds(1))),
             headers);
  } else if (family == "garbage") {
    headers->Add("x-ratelimit-limit-requests", "lots");
    headers->Add("x-ratelimit-remaining-requests", "-3");
    headers->Add("x-ratelimit-reset-requests", "5 fortnights");
    headers->Add("x-ratelimit-reset-tokens", "1e400s");
  }
}

}  // namespace lull
