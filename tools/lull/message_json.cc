#include "tools/lull/message_json.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"

namespace lull {

absl::StatusOr<std::string> MessageJson(const google::protobuf::Message& message) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat(message.GetTypeName(), " cannot be written as JSON: ", status.ToString()));
  }
  return json + "\n";
}

}  // namespace lull
