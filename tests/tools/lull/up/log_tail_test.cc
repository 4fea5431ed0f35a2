#include "tools/lull/up/log_tail.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {
namespace {

TEST(LogTailTest, ShowsJsonLinesToAPerson) {
  const std::string path = WriteScratch(
      "log",
      "{\"time\":\"t\",\"level\":\"error\",\"component\":\"http\",\"msg\":\"cannot listen\","
      "\"address\":\"127.0.0.1:1\",\"code\":13}\nplain \x1b[2J\n\n[1]\n");
  EXPECT_EQ(LogTail(path, 0),
            "  error: cannot listen address=127.0.0.1:1 code=13\n"
            "  plain \\x1b[2J\n"
            "  [1]\n");
}

TEST(LogTailTest, BeginsWhereTheRunBegan) {
  const std::string path = WriteScratch("log", "old\nnew\n");
  EXPECT_EQ(LogTail(path, 4), "  new\n");
  EXPECT_EQ(LogTail(path, 8), "");
  EXPECT_EQ(LogTail(ScratchPath("none"), 0), "");
}

TEST(LogTailTest, ShowsTheLastTenLines) {
  std::string content;
  for (int i = 1; i <= 5000; ++i) content += "line " + std::to_string(i) + "\n";
  const std::string tail = LogTail(WriteScratch("log", content), 0);
  EXPECT_EQ(tail.find("line 4990\n"), std::string::npos);
  EXPECT_NE(tail.find("line 4991\n"), std::string::npos);
  EXPECT_NE(tail.find("line 5000\n"), std::string::npos);
}

TEST(RotateLogTest, MovesALargeLogAwayAndKeepsOneGeneration) {
  const std::string path = WriteScratch("log", "12345678");
  RotateLog(path, 8);
  EXPECT_EQ(ReadFile(path), "12345678");
  RotateLog(path, 7);
  EXPECT_EQ(ReadFile(path), "");
  EXPECT_EQ(ReadFile(path + ".1"), "12345678");
  WriteScratch("log", "abcdefgh");
  RotateLog(path, 7);
  EXPECT_EQ(ReadFile(path + ".1"), "abcdefgh");
}

}  // namespace
}  // namespace lull
