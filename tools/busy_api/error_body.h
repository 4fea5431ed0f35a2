// Error objects as different providers write them.
#ifndef LULL_TOOLS_BUSY_API_ERROR_BODY_H_
#define LULL_TOOLS_BUSY_API_ERROR_BODY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tools/busy_api/retry_hint.h"

namespace lull {

struct ErrorFacts {
  int status = 500;
  std::string message;
  std::string type;
  std::string code;  // empty: null
  RetryHintForm hint = RetryHintForm::kNone;
  absl::Duration hint_delay;
};

// `dialect` is one of the setting's choices. A hint that has its place in the body is put there.
std::string ErrorBody(absl::string_view dialect, const ErrorFacts& facts);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_ERROR_BODY_H_
