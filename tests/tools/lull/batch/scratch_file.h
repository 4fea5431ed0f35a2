// Files of one test.
#ifndef LULL_TESTS_TOOLS_LULL_BATCH_SCRATCH_FILE_H_
#define LULL_TESTS_TOOLS_LULL_BATCH_SCRATCH_FILE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace lull {

// A path in a folder of the running test's own that is empty when the test begins.
std::string ScratchPath(absl::string_view name);

// Makes the file hold `content`; its path.
std::string WriteScratch(absl::string_view name, absl::string_view content);

// Empty if there is no such file.
std::string ReadFile(const std::string& path);

bool FileExists(const std::string& path);

}  // namespace lull

#endif  // LULL_TESTS_TOOLS_LULL_BATCH_SCRATCH_FILE_H_
