// Small files read whole: configuration, keys.
#ifndef LULL_BASE_YAML_TEXT_FILE_H_
#define LULL_BASE_YAML_TEXT_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace lull {

// The content of the file. NOT_FOUND: there is none; PERMISSION_DENIED; INVALID_ARGUMENT: it is a
// folder, or has more than `max_bytes`; UNAVAILABLE: it could not be read. The message names the
// file and the cause, and never the content. Blocks.
absl::StatusOr<std::string> ReadTextFile(const std::string& path, int64_t max_bytes);

}  // namespace lull

#endif  // LULL_BASE_YAML_TEXT_FILE_H_
