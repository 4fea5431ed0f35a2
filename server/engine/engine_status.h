// Statuses that say more than a code: a reason for programs, and how long to wait before asking
// again. Carried as payloads of the absl::Status, so that they pass through every layer and no one
// reads them out of a message.
#ifndef LULL_SERVER_ENGINE_ENGINE_STATUS_H_
#define LULL_SERVER_ENGINE_ENGINE_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lull {

inline constexpr absl::string_view kReasonPayload = "lull/reason";              // UPPER_SNAKE_CASE
inline constexpr absl::string_view kRetryAfterPayload = "lull/retry_after_ms";  // decimal

inline absl::Status WithReason(absl::Status status, absl::string_view reason) {
  status.SetPayload(kReasonPayload, absl::Cord(reason));
  return status;
}

// Empty: it has none.
inline std::string ReasonOf(const absl::Status& status) {
  const auto reason = status.GetPayload(kReasonPayload);
  return reason ? std::string(*reason) : "";
}

inline absl::Status WithRetryAfter(absl::Status status, absl::Duration wait) {
  status.SetPayload(kRetryAfterPayload, absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(wait))));
  return status;
}

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_ENGINE_STATUS_H_
