// How long an upstream asks to be left alone. Pure.
//
// Every reader takes text from outside. Garbage, negative values and values above 24 hours are no
// hint: the next form is looked at. Zero is a hint.
#ifndef LULL_WORKER_DELAY_HINT_H_
#define LULL_WORKER_DELAY_HINT_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/http/http_message.h"

namespace lull {

inline constexpr absl::Duration kDelayHintMax = absl::Hours(24);

// The hint of a refusal or failure, from the first of these that holds one:
//   1. `retry-after-ms`            milliseconds
//   2. `Retry-After`               seconds, also fractional
//   3. `Retry-After`               an HTTP date in any of its three forms
//   4. `x-ms-retry-after-ms`       milliseconds
//   5. `body_delay`                what the body says, see ParseDelaySeconds and ParseDelayText
//   6. the rate limit headers      see LongestRelevantReset; only if `rate_limited`, since other
//                                  failures have nothing to do with them
std::optional<absl::Duration> FindDelayHint(const HttpHeaders& headers,
                                            std::optional<absl::Duration> body_delay,
                                            bool rate_limited, absl::Time now);

// `x-should-retry`: true, false, or not said.
std::optional<bool> FindShouldRetry(const HttpHeaders& headers);

// "2", "0.5": a plain decimal number.
std::optional<absl::Duration> ParseDelaySeconds(absl::string_view text);
std::optional<absl::Duration> ParseDelayMilliseconds(absl::string_view text);
// "12ms", "1s", "6m0s", "45.8s".
std::optional<absl::Duration> ParseDelayText(absl::string_view text);
// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"; in
// the past is no hint.
std::optional<absl::Duration> ParseDelayUntilHttpDate(absl::string_view text, absl::Time now);
// Any form a reset is given in: as ParseDelayText, an RFC 3339 time, or a plain number: seconds, or
// when it is too large for that the epoch in seconds or milliseconds.
std::optional<absl::Duration> ParseReset(absl::string_view text, absl::Time now);

}  // namespace lull

#endif  // LULL_WORKER_DELAY_HINT_H_
