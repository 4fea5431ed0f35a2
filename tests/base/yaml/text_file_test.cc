#include "base/yaml/text_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace lull {
namespace {

std::string Write(const std::string& name, const std::string& content) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(ReadTextFile, ReadsAllOfIt) {
  const std::string content =
      absl::StrCat(std::string(100'000, 'x'), "\n中", absl::string_view("\0文", 4));
  const auto read = ReadTextFile(Write("whole", content), 1 << 20);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, content);
  EXPECT_EQ(*ReadTextFile(Write("empty", ""), 10), "");
}

TEST(ReadTextFile, StopsAtTheBound) {
  EXPECT_TRUE(ReadTextFile(Write("ten", "0123456789"), 10).ok());
  const auto read = ReadTextFile(Write("ten", "0123456789"), 9);
  EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(ReadTextFile("/dev/zero", 1 << 20).ok());
}

TEST(ReadTextFile, NamesTheFileAndTheCause) {
  const auto missing = ReadTextFile(::testing::TempDir() + "/missing.yaml", 10);
  EXPECT_EQ(missing.status(), absl::NotFoundError("cannot read " + ::testing::TempDir() +
                                                  "/missing.yaml: No such file or directory"));
  const auto folder = ReadTextFile(::testing::TempDir(), 10);
  EXPECT_EQ(folder.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lull
