#include "tests/tools/lull/batch/scratch_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace lull {

std::string ScratchPath(absl::string_view name) {
  static const testing::TestInfo* prepared = nullptr;
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path folder =
      absl::StrCat(testing::TempDir(), "/", test->test_suite_name(), ".",
                   absl::StrReplaceAll(test->name(), {{"/", "_"}}));
  if (prepared != test) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    prepared = test;
  }
  return (folder / std::string(name)).lexically_normal().string();
}

std::string WriteScratch(absl::string_view name, absl::string_view content) {
  const std::string path = ScratchPath(name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

bool FileExists(const std::string& path) { return std::filesystem::exists(path); }

}  // namespace lull
