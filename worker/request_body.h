// Changes the few members of a request body that are the worker's business, and nothing else. Pure.
#ifndef LULL_WORKER_REQUEST_BODY_H_
#define LULL_WORKER_REQUEST_BODY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lull {

struct RequestBodyEdits {
  // The value of the top-level `model`, which is added if there is none. Empty: leave it.
  std::string model;
  enum class Answer {
    kAsItStands,
    kPlain,     // `stream` becomes false and `stream_options` null where they stand
    kStreamed,  // `stream` becomes true, `stream_options` asks for the usage; added if missing
  };
  Answer answer = Answer::kAsItStands;
};

// Returns `body` with the new values spliced in; every other byte stays as it was. INVALID_ARGUMENT
// when the body is no JSON object.
absl::StatusOr<std::string> EditRequestBody(absl::string_view body, const RequestBodyEdits& edits);

}  // namespace lull

#endif  // LULL_WORKER_REQUEST_BODY_H_
