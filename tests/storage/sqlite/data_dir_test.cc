#include "storage/sqlite/data_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

int ModeOf(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0 ? static_cast<int>(found.st_mode & 07777) : -1;
}

class DataDirTest : public ::testing::Test {
 protected:
  void SetUp() override { old_mask_ = umask(0); }  // nothing is private by accident
  void TearDown() override { umask(old_mask_); }

  const std::string path_ = NewTempDir() + "/data";

 private:
  mode_t old_mask_ = 0;
};

TEST_F(DataDirTest, MakesWhatIsMissingForItsOwnerOnly) {
  const auto dir = DataDir::Open(path_);
  ASSERT_TRUE(dir.ok()) << dir.status();
  EXPECT_EQ(ModeOf(path_), 0700);
  EXPECT_EQ(ModeOf((*dir)->database_path()), 0600);
  EXPECT_EQ(ModeOf(path_ + "/lull.lock"), 0600);
}

TEST_F(DataDirTest, TakesOthersRightsFromADatabaseThatWasCopiedIn) {
  ASSERT_EQ(mkdir(path_.c_str(), 0755), 0);
  std::ofstream(path_ + "/lull.db") << "content";
  ASSERT_EQ(ModeOf(path_ + "/lull.db"), 0666);
  ASSERT_TRUE(DataDir::Open(path_).ok());
  EXPECT_EQ(ModeOf(path_ + "/lull.db"), 0600);
  std::string content;
  std::ifstream(path_ + "/lull.db") >> content;
  EXPECT_EQ(content, "content");
}

TEST_F(DataDirTest, ASecondOpenIsRefusedAndSaysWhoHasIt) {
  auto first = DataDir::Open(path_);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = DataDir::Open(path_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(second.status().message().find("pid " + std::to_string(getpid())),
            absl::string_view::npos)
      << second.status();
  first->reset();
  EXPECT_TRUE(DataDir::Open(path_).ok());
}

TEST_F(DataDirTest, AFileInTheDirectorysPlaceIsRefused) {
  std::ofstream(path_) << "a file";
  EXPECT_EQ(DataDir::Open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(DataDirTest, AMissingParentIsNamed) {
  const auto dir = DataDir::Open(path_ + "/below");
  EXPECT_EQ(dir.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(dir.status().message().find(path_ + "/below: No such file"), absl::string_view::npos)
      << dir.status();
}

TEST_F(DataDirTest, PathsMayEndWithSlashesOrBeRelative) {
  ASSERT_TRUE(DataDir::Open(path_ + "//").ok());
  ASSERT_EQ(chdir(path_.c_str()), 0);
  EXPECT_TRUE(DataDir::Open("relative").ok());
  EXPECT_EQ(ModeOf(path_ + "/relative/lull.db"), 0600);
}

}  // namespace
}  // namespace lull
