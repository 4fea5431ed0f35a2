#include "worker/delay_hint.h"

#include <cmath>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "worker/rate_limit_headers.h"

namespace lull {
namespace {

// Longer texts are not numbers or dates; parsers need not see them.
constexpr size_t kTextBytesMax = 64;
// From here on a plain number cannot be seconds to wait; it is a time since the epoch.
constexpr double kEpochSecondsMin = 1e9;
constexpr double kEpochMillisecondsMin = 1e12;
constexpr double kEpochMillisecondsMax = 1e15;

std::optional<absl::Duration> Plausible(absl::Duration delay) {
  if (delay < absl::ZeroDuration() || delay > kDelayHintMax) return std::nullopt;
  return delay;
}

// Digits with at most one point: no sign, exponent, "inf" or "nan".
std::optional<double> ParseDecimal(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty() || text.size() > kTextBytesMax) return std::nullopt;
  if (text.find_first_not_of("0123456789.") != absl::string_view::npos) return std::nullopt;
  double number;
  if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<absl::Duration> DelayUntil(absl::Time then, absl::Time now) {
  return Plausible(then - now);
}

std::optional<absl::Duration> ReadHeader(
    const HttpHeaders& headers, absl::string_view name,
    std::optional<absl::Duration> (*parse)(absl::string_view)) {
  const std::string* value = headers.Find(name);
  return value == nullptr ? std::nullopt : parse(*value);
}

}  // namespace

std::optional<absl::Duration> ParseDelaySeconds(absl::string_view text) {
  const std::optional<double> seconds = ParseDecimal(text);
  if (!seconds.has_value()) return std::nullopt;
  return Plausible(absl::Seconds(*seconds));
}

std::optional<absl::Duration> ParseDelayMilliseconds(absl::string_view text) {
  const std::optional<double> milliseconds = ParseDecimal(text);
  if (!milliseconds.has_value()) return std::nullopt;
  return Plausible(absl::Milliseconds(*milliseconds));
}

std::optional<absl::Duration> ParseDelayText(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  absl::Duration delay;
  if (text.size() > kTextBytesMax || !absl::ParseDuration(text, &delay)) return std::nullopt;
  return Plausible(delay);
}

std::optional<absl::Duration> ParseDelayUntilHttpDate(absl::string_view text, absl::Time now) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty() || text.size() > kTextBytesMax) return std::nullopt;
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    absl::Time time;
    if (absl::ParseTime(format, text, &time, nullptr)) return DelayUntil(time, now);
  }
  return std::nullopt;
}

std::optional<absl::Duration> ParseReset(absl::string_view text, absl::Time now) {
  text = absl::StripAsciiWhitespace(text);
  if (text.size() > kTextBytesMax) return std::nullopt;
  if (const std::optional<double> number = ParseDecimal(text); number.has_value()) {
    if (*number > kEpochMillisecondsMax) return std::nullopt;
    if (*number >= kEpochMillisecondsMin) {
      return DelayUntil(absl::FromUnixMillis(static_cast<int64_t>(*number)), now);
    }
    if (*number >= kEpochSecondsMin) {
      return DelayUntil(absl::FromUnixSeconds(static_cast<int64_t>(*number)), now);
    }
    return Plausible(absl::Seconds(*number));
  }
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return DelayUntil(time, now);
  return ParseDelayText(text);
}

std::optional<absl::Duration> FindDelayHint(const HttpHeaders& headers,
                                            std::optional<absl::Duration> body_delay,
                                            bool rate_limited, absl::Time now) {
  if (const auto delay = ReadHeader(headers, "retry-after-ms", ParseDelayMilliseconds))
    return delay;
  if (const auto delay = ReadHeader(headers, "retry-after", ParseDelaySeconds)) return delay;
  if (const std::string* date = headers.Find("retry-after"); date != nullptr) {
    if (const auto delay = ParseDelayUntilHttpDate(*date, now)) return delay;
  }
  if (const auto delay = ReadHeader(headers, "x-ms-retry-after-ms", ParseDelayMilliseconds)) {
    return delay;
  }
  if (body_delay.has_value()) return body_delay;
  if (!rate_limited) return std::nullopt;
  return LongestRelevantReset(ReadRateLimits(headers, now));
}

std::optional<bool> FindShouldRetry(const HttpHeaders& headers) {
  const std::string* value = headers.Find("x-should-retry");
  if (value == nullptr) return std::nullopt;
  const absl::string_view word = absl::StripAsciiWhitespace(*value);
  if (absl::EqualsIgnoreCase(word, "true")) return true;
  if (absl::EqualsIgnoreCase(word, "false")) return false;
  return std::nullopt;
}

}  // namespace lull
