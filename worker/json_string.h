// Strings of JSON: where one ends in a text that has not been read, and how one is written.
#ifndef LULL_WORKER_JSON_STRING_H_
#define LULL_WORKER_JSON_STRING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace lull {

// Behind the closing quote of the string whose opening one is at `at`; the end of the JSON if none
// closes it. Any bytes may stand there.
inline size_t JsonStringEnd(absl::string_view json, size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

// With its quotes; what is not UTF-8 becomes U+FFFD.
std::string WriteJsonString(absl::string_view text);

// About the size of WriteJsonString(text), where a control character takes six bytes.
int64_t JsonStringSize(absl::string_view text);

}  // namespace lull

#endif  // LULL_WORKER_JSON_STRING_H_
