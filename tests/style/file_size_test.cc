// A file that grows past these sizes hides a noun that deserves a file of its own.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "tests/style/source_tree.h"

namespace lull {
namespace {

constexpr size_t kSourceLinesMax = 400;
constexpr size_t kHeaderLinesMax = 250;

// Files that may be longer, and how long.
const absl::flat_hash_map<std::string, size_t>& Exceptions() {
  static const auto& exceptions = *new absl::flat_hash_map<std::string, size_t>{
      {"storage/record.h", 340},                     // a schema
      {"tests/base/http/http_server_test.cc", 500},  // one case for each rule of the protocol
  };
  return exceptions;
}

size_t LinesMax(const std::string& path) {
  const auto exception = Exceptions().find(path);
  if (exception != Exceptions().end()) return exception->second;
  return absl::EndsWith(path, ".h") ? kHeaderLinesMax : kSourceLinesMax;
}

TEST(FileSizeTest, NoFileIsLongerThanItMayBe) {
  for (const SourceFile& file : ReadSources()) {
    EXPECT_LE(file.lines.size(), LinesMax(file.path)) << file.path;
  }
}

TEST(FileSizeTest, EveryExceptionIsStillNeeded) {
  size_t found = 0;
  for (const SourceFile& file : ReadSources()) {
    if (!Exceptions().contains(file.path)) continue;
    ++found;
    EXPECT_GT(file.lines.size(),
              absl::EndsWith(file.path, ".h") ? kHeaderLinesMax : kSourceLinesMax)
        << file.path << " is short again: drop its exception";
  }
  EXPECT_EQ(found, Exceptions().size()) << "an exception names a file that is gone";
}

}  // namespace
}  // namespace lull
