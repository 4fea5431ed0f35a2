#include "tools/lull/batch/batch_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string LineFor(absl::string_view custom_id) {
  return absl::StrCat(R"({"custom_id":")", custom_id,
                      R"(","method":"POST","url":"/v1/x","body":{"model":"m","id":")", custom_id,
                      "\"}}");
}

std::string FaultsOf(absl::string_view content) {
  const absl::StatusOr<BatchInput> input = BatchInput::Open(WriteScratch("in.jsonl", content));
  EXPECT_EQ(input.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(input.status().message());
}

TEST(BatchInputTest, FindsEachLineAgain) {
  std::string content;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&content, LineFor(absl::StrCat("r", i)), "\n");
  absl::StatusOr<BatchInput> input = BatchInput::Open(WriteScratch("in.jsonl", content));
  ASSERT_TRUE(input.ok()) << input.status();
  ASSERT_EQ(input->size(), 1000u);
  for (const size_t entry : {999, 0, 500}) {
    const absl::StatusOr<BatchLine> line = input->Read(entry);
    ASSERT_TRUE(line.ok()) << line.status();
    EXPECT_EQ(line->custom_id, absl::StrCat("r", entry));
    EXPECT_EQ(line->body, absl::StrCat(R"({"model":"m","id":"r)", entry, "\"}"));
    EXPECT_EQ(input->Find(line->custom_id), entry);
  }
  EXPECT_EQ(input->Find("r1000"), std::nullopt);
}

TEST(BatchInputTest, PassesOverEmptyLinesAndAByteOrderMark) {
  absl::StatusOr<BatchInput> input = BatchInput::Open(WriteScratch(
      "in.jsonl", absl::StrCat("\xef\xbb\xbf", LineFor("a"), "\r\n\r\n  \n", LineFor("b"))));
  ASSERT_TRUE(input.ok()) << input.status();
  ASSERT_EQ(input->size(), 2u);
  EXPECT_EQ(input->Read(0)->custom_id, "a");
  EXPECT_EQ(input->Read(1)->custom_id, "b");
  EXPECT_EQ(input->line_number(1), 4);
}

TEST(BatchInputTest, TakesAnEmptyFile) {
  const absl::StatusOr<BatchInput> input = BatchInput::Open(WriteScratch("in.jsonl", ""));
  ASSERT_TRUE(input.ok()) << input.status();
  EXPECT_EQ(input->size(), 0u);
  EXPECT_EQ(input->sha256(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(BatchInputTest, ReportsAllBadLinesWithTheirNumbers) {
  EXPECT_THAT(FaultsOf(absl::StrCat(LineFor("a"), "\n{\n\n", LineFor("b"), "\n[]\n")),
              AllOf(HasSubstr("2 of 4 lines cannot be used"), HasSubstr("line 2: not JSON"),
                    HasSubstr("line 5: not a JSON object"), HasSubstr("in.jsonl")));
}

TEST(BatchInputTest, ReportsACustomIdThatIsTaken) {
  EXPECT_THAT(FaultsOf(absl::StrCat(LineFor("a"), "\n", LineFor("b"), "\n", LineFor("a"), "\n")),
              HasSubstr("line 3: custom_id \"a\" is that of line 1 already"));
}

TEST(BatchInputTest, ShowsTheFirstFaultsAndCountsTheRest) {
  std::string content;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&content, "?\n");
  EXPECT_THAT(FaultsOf(content), AllOf(HasSubstr("50 of 50 lines"), HasSubstr("line 20:"),
                                       Not(HasSubstr("line 21:")), HasSubstr("and 30")));
}

TEST(BatchInputTest, ReportsALineThatIsTooLong) {
  EXPECT_THAT(FaultsOf(std::string(kBatchLineBytesMax + 1, 'x') + "\n" + LineFor("a") + "\n"),
              AllOf(HasSubstr("1 of 2 lines"), HasSubstr("line 1: longer than")));
}

TEST(BatchInputTest, NamesAFileThatIsNotThere) {
  const absl::StatusOr<BatchInput> input = BatchInput::Open(ScratchPath("none.jsonl"));
  EXPECT_EQ(input.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(input.status().message()), HasSubstr("none.jsonl"));
}

TEST(BatchInputTest, RefusesWhatCannotBeReadTwice) {
  const absl::StatusOr<BatchInput> input = BatchInput::Open("/dev/null");
  EXPECT_EQ(input.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(BatchInputTest, NoticesThatTheFileChanged) {
  const std::string path = WriteScratch("in.jsonl", LineFor("a") + "\n" + LineFor("b") + "\n");
  absl::StatusOr<BatchInput> input = BatchInput::Open(path);
  ASSERT_TRUE(input.ok()) << input.status();
  WriteScratch("in.jsonl", LineFor("b") + "\n" + LineFor("a") + "\n");
  EXPECT_EQ(input->Read(0).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace lull
