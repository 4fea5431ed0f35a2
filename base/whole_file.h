// Small files that others wait for, such as a program's "ready" file.
#ifndef LULL_BASE_WHOLE_FILE_H_
#define LULL_BASE_WHOLE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lull {

// Writes `content` beside `path` and renames it into place, so that whoever finds the file finds
// all of it. Replaces what was there. UNAVAILABLE, naming the file and the system's error. Blocks.
absl::Status WriteWholeFile(const std::string& path, absl::string_view content);

}  // namespace lull

#endif  // LULL_BASE_WHOLE_FILE_H_
