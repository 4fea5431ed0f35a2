// The JSON body of a job's request: what the server has to know of it, and whether it can be sent.
#ifndef LULL_SERVER_API_JOB_BODY_H_
#define LULL_SERVER_API_JOB_BODY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

// Deeper ones are refused, here and by most providers.
inline constexpr int kMaxJsonDepth = 128;

struct JobBody {
  std::optional<std::string> model;  // absent: the body names none
  bool stream = false;               // `stream` is true
};

// Reads `body` whole. INVALID_ARGUMENT, with a message that follows the field's name, where it is
// not one JSON object in UTF-8, is too deep, or has a `model` that is no string or is there twice.
absl::StatusOr<JobBody> ReadJobBody(absl::string_view body);

// Whether a body that ReadJobBody takes asks for a streamed answer. Quick where it does not.
bool AsksForStream(absl::string_view body);

}  // namespace lull

#endif  // LULL_SERVER_API_JOB_BODY_H_
