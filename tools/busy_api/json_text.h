// Writing JSON by appending, for the lines and answers that are written thousands of times a
// second.
#ifndef LULL_TOOLS_BUSY_API_JSON_TEXT_H_
#define LULL_TOOLS_BUSY_API_JSON_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace lull {

// Appends `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD.
void AppendJsonString(absl::string_view text, std::string* out);

std::string JsonString(absl::string_view text);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_JSON_TEXT_H_
