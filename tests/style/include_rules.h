// Which headers the files of each folder may include. Bazel's visibility does not see an include of
// a header that some other dependency brought along, nor of a system library's; this does.
#ifndef LULL_TESTS_STYLE_INCLUDE_RULES_H_
#define LULL_TESTS_STYLE_INCLUDE_RULES_H_

#include <string>
#include <vector>

#include "tests/style/source_tree.h"

namespace lull {

// One line for each include that the file may not have: where it is, what it is, and what is
// allowed.
std::vector<std::string> ForbiddenIncludes(const SourceFile& file);

}  // namespace lull

#endif  // LULL_TESTS_STYLE_INCLUDE_RULES_H_
