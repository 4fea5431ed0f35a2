// The ways in which providers tell a refused client how long to wait.
#ifndef LULL_TOOLS_BUSY_API_RETRY_HINT_H_
#define LULL_TOOLS_BUSY_API_RETRY_HINT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/http/http_message.h"

namespace lull {

enum class RetryHintForm {
  kNone,
  kRetryAfterMs,        // retry-after-ms: 1500
  kRetryAfterSeconds,   // retry-after: 2 (rounded up)
  kRetryAfterFraction,  // retry-after: 1.5
  kRetryAfterDate,      // retry-after: Wed, 21 Oct 2026 07:28:00 GMT
  kMsRetryAfterMs,      // x-ms-retry-after-ms: 1500
  kBodyRetryAfter,      // "retry_after": 1.5 in the error object
  kGoogleRetryInfo,     // error.details[]: RetryInfo with retryDelay "1.5s"
  kNegative,            // retry-after: -5
  kAbsurd,              // retry-after: 99999999999999999999
  kGarbage,             // retry-after: soon
};

absl::StatusOr<RetryHintForm> ParseRetryHintForm(absl::string_view name);

// Adds the header of that form, if it is one. A date has whole seconds, so it is rounded up.
void AddRetryHeader(RetryHintForm form, absl::Duration delay, absl::Time now, HttpHeaders* headers);

// The members that the form adds inside the error object, each with a comma in front; or "".
std::string RetryBodyMembers(RetryHintForm form, absl::Duration delay);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_RETRY_HINT_H_
