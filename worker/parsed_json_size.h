// How much memory simdjson takes to read a text: up to twelve times its size, if it is all numbers
// of one digit.
#ifndef LULL_WORKER_PARSED_JSON_SIZE_H_
#define LULL_WORKER_PARSED_JSON_SIZE_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace lull {

// In bytes, beside the text itself. Pure; of what is no JSON it says something, too.
size_t ParsedJsonSize(absl::string_view json);

}  // namespace lull

#endif  // LULL_WORKER_PARSED_JSON_SIZE_H_
