// Errors as a person reads them.
#ifndef LULL_TOOLS_LULL_ERROR_TEXT_H_
#define LULL_TOOLS_LULL_ERROR_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace lull {

// One wrong field of a request.
struct Violation {
  std::string field;
  std::string description;
};

// What the server's error details hold.
struct ErrorDetails {
  // UPPER_SNAKE_CASE; empty: none.
  std::string reason;
  std::vector<Violation> violations;
  // Absent: none was given.
  std::optional<absl::Duration> retry_delay;
};

// The details of a status of Client; empty ones if it has none.
ErrorDetails ErrorDetailsOf(const absl::Status& status);

// The message with its reason, then one line for each wrong field, then what else helps. Ends
// without a newline. Holds no control characters but "\n".
std::string ErrorText(const absl::Status& status);

// What a person can do about it, in one sentence; empty when the message says all there is.
std::string AdviceOnError(const absl::Status& status);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_ERROR_TEXT_H_
