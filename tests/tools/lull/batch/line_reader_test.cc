#include "tools/lull/batch/line_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/tools/lull/batch/scratch_file.h"
#include "tools/lull/batch/file_descriptor.h"

namespace lull {
namespace {

using ::testing::ElementsAre;

// The lines as "number@offset:text", with "!" for those too long and "…" for an incomplete one.
std::vector<std::string> LinesOf(const std::string& content, int64_t line_bytes_max = 1 << 20) {
  const FileDescriptor file(open(WriteScratch("lines", content).c_str(), O_RDONLY));
  LineReader reader(file.get(), line_bytes_max);
  std::vector<std::string> lines;
  for (Line line;;) {
    const absl::StatusOr<bool> more = reader.Next(&line);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) return lines;
    lines.push_back(std::to_string(line.number) + "@" + std::to_string(line.offset) + ":" +
                    std::string(line.text) + (line.too_long ? "!" : "") +
                    (line.complete ? "" : "…"));
  }
}

TEST(LineReaderTest, GivesLinesWithNumbersAndOffsets) {
  EXPECT_THAT(LinesOf("a\nbc\n\nd\n"), ElementsAre("1@0:a", "2@2:bc", "3@5:", "4@6:d"));
}

TEST(LineReaderTest, SaysThatTheLastLineHasNoEnd) {
  EXPECT_THAT(LinesOf("a\nbc"), ElementsAre("1@0:a", "2@2:bc…"));
}

TEST(LineReaderTest, TakesOffCarriageReturnsBeforeTheEndOnly) {
  EXPECT_THAT(LinesOf("a\rb\r\nc\n"), ElementsAre("1@0:a\rb", "2@5:c"));
}

TEST(LineReaderTest, GivesNothingForAnEmptyFile) { EXPECT_THAT(LinesOf(""), ElementsAre()); }

TEST(LineReaderTest, PassesOverALineThatIsTooLong) {
  EXPECT_THAT(LinesOf("ok\n12345\n1234\n", 4), ElementsAre("1@0:ok", "2@3:!", "3@9:1234"));
}

TEST(LineReaderTest, PassesOverALastLineThatIsTooLong) {
  EXPECT_THAT(LinesOf("ok\n12345", 4), ElementsAre("1@0:ok", "2@3:!…"));
}

// Lines longer and shorter than the reader's buffer, so that its ends fall everywhere.
TEST(LineReaderTest, PutsLinesTogetherAcrossReads) {
  std::string content;
  std::vector<std::string> expected;
  for (int i = 0; i < 400; ++i) {
    const std::string text((i * 7919) % 5000 + (i == 200 ? 1'000'000 : 0), 'a' + i % 26);
    expected.push_back(std::to_string(i + 1) + "@" + std::to_string(content.size()) + ":" + text);
    content += text + "\n";
  }
  EXPECT_EQ(LinesOf(content, 2'000'000), expected);
}

}  // namespace
}  // namespace lull
