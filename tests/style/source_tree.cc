#include "tests/style/source_tree.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/match.h"

namespace lull {
namespace {

constexpr const char* kFolders[] = {"base",  "proto", "server", "storage",
                                    "tests", "tools", "worker"};

[[noreturn]] void Die(absl::string_view what, const std::filesystem::path& path) {
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(what.size()), what.data(), path.c_str());
  std::abort();
}

// A test's data are links, through the sandbox, to the files of the working tree.
std::filesystem::path WorkspaceRoot() {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical("WORKSPACE", error);
  if (error) Die("not among the test's data", "WORKSPACE");
  return real.parent_path();
}

SourceFile ReadSource(const std::filesystem::path& root, const std::filesystem::path& path) {
  SourceFile file;
  file.path = path.lexically_relative(root).string();
  std::ifstream stream(path);
  if (!stream) Die("cannot read", path);
  for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
  return file;
}

// Takes one line's comments and literals out; `in_comment` says whether a /* comment is open,
// before and after.
std::string CodeOfLine(absl::string_view line, bool& in_comment) {
  std::string code;
  size_t i = 0;
  while (i < line.size()) {
    const absl::string_view rest = line.substr(i);
    if (in_comment) {
      const size_t end = rest.find("*/");
      if (end == absl::string_view::npos) return code;
      in_comment = false;
      i += end + 2;
    } else if (absl::StartsWith(rest, "//")) {
      return code;
    } else if (absl::StartsWith(rest, "/*")) {
      in_comment = true;
      i += 2;
    } else if (rest[0] == '"' || (rest[0] == '\'' && !(i > 0 && std::isalnum(line[i - 1])))) {
      code.append(2, rest[0]);
      size_t end = 1;
      while (end < rest.size() && rest[end] != rest[0]) end += rest[end] == '\\' ? 2 : 1;
      i += end + 1;
    } else {
      code.push_back(rest[0]);
      ++i;
    }
  }
  return code;
}

}  // namespace

std::vector<SourceFile> ReadSources() {
  const std::filesystem::path root = WorkspaceRoot();
  std::vector<SourceFile> files;
  for (const char* folder : kFolders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::filesystem::path& path = entry.path();
      if (path.extension() == ".cc" || path.extension() == ".h")
        files.push_back(ReadSource(root, path));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

std::vector<std::string> ReadLines(const std::string& path) {
  const std::filesystem::path root = WorkspaceRoot();
  return ReadSource(root, root / path).lines;
}

std::vector<std::string> CodeOf(const std::vector<std::string>& lines) {
  std::vector<std::string> code;
  code.reserve(lines.size());
  bool in_comment = false;
  for (const std::string& line : lines) code.push_back(CodeOfLine(line, in_comment));
  return code;
}

bool IsBelow(absl::string_view path, absl::string_view folder) {
  if (!absl::StartsWith(path, folder)) return false;
  const absl::string_view rest = path.substr(folder.size());
  if (absl::EndsWith(folder, "/")) return true;  // of the folder alone
  return rest.empty() || rest[0] == '/' || rest[0] == '.' || rest[0] == '_';
}

}  // namespace lull
