// The API's messages for programs.
#ifndef LULL_TOOLS_LULL_MESSAGE_JSON_H_
#define LULL_TOOLS_LULL_MESSAGE_JSON_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/statusor.h"

namespace lull {

// The message in protobuf's JSON form on one line, with its newline. Bytes are base64, as that form
// has them. INTERNAL: it cannot be written so.
absl::StatusOr<std::string> MessageJson(const google::protobuf::Message& message);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_MESSAGE_JSON_H_
