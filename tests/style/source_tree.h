// The C++ sources of the project, as they lie in the working tree, for tests of style.
#ifndef LULL_TESTS_STYLE_SOURCE_TREE_H_
#define LULL_TESTS_STYLE_SOURCE_TREE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace lull {

struct SourceFile {
  std::string path;  // from the workspace's root, "base/clock.h"
  std::vector<std::string> lines;
};

// All .cc and .h files, ordered by path. For tests alone: ends the process if the tree cannot be
// read.
std::vector<SourceFile> ReadSources();

// The lines of one file, by its path from the workspace's root. As ReadSources.
std::vector<std::string> ReadLines(const std::string& path);

// The lines with the insides of comments, string and character literals removed, so that what is
// left is code. Knows nothing of raw strings that go over several lines.
std::vector<std::string> CodeOf(const std::vector<std::string>& lines);

// Whether `path` begins with `folder`, which is a folder ("base") or the beginning of a file's name
// ("base/log"). "base/" is the folder without files like "base_x".
bool IsBelow(absl::string_view path, absl::string_view folder);

}  // namespace lull

#endif  // LULL_TESTS_STYLE_SOURCE_TREE_H_
