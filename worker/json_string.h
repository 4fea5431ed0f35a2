// Where a string ends in JSON that has not been read yet.
#ifndef LULL_WORKER_JSON_STRING_H_
#define LULL_WORKER_JSON_STRING_H_

#include <algorithm>
#include <cstddef>

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

}  // namespace lull

#endif  // LULL_WORKER_JSON_STRING_H_
