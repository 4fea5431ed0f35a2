#include "tools/lull/batch/append_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AppendFileTest : public testing::Test {
 protected:
  absl::StatusOr<AppendFile> Open() {
    lines_.clear();
    return AppendFile::Open(ScratchPath("out"), 100, [this](int64_t, absl::string_view line) {
      lines_.emplace_back(line);
      return absl::OkStatus();
    });
  }

  std::vector<std::string> lines_;
};

TEST_F(AppendFileTest, AppendsToWhatIsThere) {
  WriteScratch("out", "a\nb\n");
  {
    absl::StatusOr<AppendFile> file = Open();
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_THAT(lines_, ElementsAre("a", "b"));
    ASSERT_TRUE(file->Append("c\nd\n").ok());
    ASSERT_TRUE(file->Sync().ok());
  }
  EXPECT_EQ(ReadFile(ScratchPath("out")), "a\nb\nc\nd\n");
}

TEST_F(AppendFileTest, CutsOffATornLastLine) {
  WriteScratch("out", "a\n{\"custom_id\":\"to");
  {
    absl::StatusOr<AppendFile> file = Open();
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_THAT(lines_, ElementsAre("a"));
    ASSERT_TRUE(file->Append("b\n").ok());
  }
  EXPECT_EQ(ReadFile(ScratchPath("out")), "a\nb\n");
}

TEST_F(AppendFileTest, CutsOffATornLastLineThatIsTooLong) {
  WriteScratch("out", "a\n" + std::string(200, 'x'));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(ReadFile(ScratchPath("out")), "a\n");
}

TEST_F(AppendFileTest, RefusesALineThatIsTooLong) {
  WriteScratch("out", "a\n" + std::string(200, 'x') + "\n");
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 2"));
}

TEST_F(AppendFileTest, IsOpenOnlyOnce) {
  const absl::StatusOr<AppendFile> first = Open();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(AppendFileTest, NamesThePathOfAFolderThatIsNotThere) {
  const absl::Status status =
      AppendFile::Open(ScratchPath("none/out"), 100, [](int64_t, absl::string_view) {
        return absl::OkStatus();
      }).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("none/out"));
}

TEST_F(AppendFileTest, RefusesWhatIsNoFile) {
  const absl::StatusOr<AppendFile> device = AppendFile::Open(
      "/dev/null", 100, [](int64_t, absl::string_view) { return absl::OkStatus(); });
  EXPECT_EQ(device.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lull
