#include "tools/lull/up/binary_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

std::string MakeProgram(const std::string& name) {
  const std::string path = ScratchPath(name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  WriteScratch(name, "#!/bin/sh\n");
  chmod(path.c_str(), 0755);
  return path;
}

TEST(BinaryPathTest, LooksBesideItselfThenInTheBuildThenInPath) {
  const std::string own = ScratchPath("tools/lull");
  const std::string in_path = MakeProgram("bin/lull-server");
  setenv("PATH", std::filesystem::path(in_path).parent_path().c_str(), 1);
  EXPECT_EQ(FindBinary("lull-server", "", own, "server").value_or("-"), in_path);
  std::filesystem::create_directories(own);
  const std::string built = MakeProgram("server/lull-server");
  EXPECT_EQ(FindBinary("lull-server", "", own, "server").value_or("-"), built);
  const std::string beside = MakeProgram("tools/lull/lull-server");
  EXPECT_EQ(FindBinary("lull-server", "", own, "server").value_or("-"), beside);
}

TEST(BinaryPathTest, TakesWhatIsGivenAndNothingElse) {
  const std::string own = ScratchPath("own");
  MakeProgram("own/lull-server");
  const std::string given = MakeProgram("given");
  EXPECT_EQ(FindBinary("lull-server", given, own, "server").value_or("-"), given);
  EXPECT_EQ(FindBinary("lull-server", ScratchPath("none"), own, "server").status().code(),
            absl::StatusCode::kNotFound);
}

TEST(BinaryPathTest, NamesThePlacesItTried) {
  setenv("PATH", "/nowhere/bin", 1);
  WriteScratch("lull-server", "not a program");
  const absl::Status status = FindBinary("lull-server", "", ScratchPath(""), "server").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/bin/lull-server"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(ScratchPath("")));
}

}  // namespace
}  // namespace lull
