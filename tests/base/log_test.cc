#include "base/log.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace lull {
namespace {

// The lines that `write` logs.
template <typename Write>
std::vector<std::string> LinesOf(Write write) {
  testing::internal::CaptureStderr();
  write();
  std::vector<std::string> lines =
      absl::StrSplit(testing::internal::GetCapturedStderr(), '\n', absl::SkipEmpty());
  return lines;
}

template <typename Write>
nlohmann::json LineOf(Write write) {
  const std::vector<std::string> lines = LinesOf(write);
  EXPECT_EQ(lines.size(), 1u);
  return nlohmann::json::parse(lines.at(0));
}

class LogTest : public testing::Test {
 protected:
  void TearDown() override { SetLogLevel(LogLevel::kInfo); }
};

TEST_F(LogTest, ALineNamesItsTimeLevelComponentAndMessage) {
  const nlohmann::json line = LineOf([] { LogWarning("engine", "inbox is full"); });
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["component"], "engine");
  EXPECT_EQ(line["msg"], "inbox is full");

  const std::string time = line["time"];
  EXPECT_EQ(time.size(), std::string("2026-01-05T12:00:00.000000Z").size());
  absl::Time parsed;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, time, &parsed, &error)) << error;
}

TEST_F(LogTest, FieldsKeepTheirTypes) {
  const std::string text = "DeepSeek";
  const nlohmann::json line = LineOf([&] {
    LogInfo("test", "fields",
            {{"flag", true},
             {"least", std::numeric_limits<int64_t>::min()},
             {"most", std::numeric_limits<uint64_t>::max()},
             {"small", 7},
             {"ratio", 0.25},
             {"literal", "text"},
             {"text", text},
             {"took_seconds", absl::Milliseconds(1500)},
             {"at", absl::FromUnixSeconds(0)},
             {"status", absl::NotFoundError("no job 7")}});
  });
  EXPECT_EQ(line["flag"], true);
  EXPECT_EQ(line["least"], std::numeric_limits<int64_t>::min());
  EXPECT_EQ(line["most"], std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(line["small"], 7);
  EXPECT_EQ(line["ratio"], 0.25);
  EXPECT_EQ(line["literal"], "text");
  EXPECT_EQ(line["text"], "DeepSeek");
  EXPECT_EQ(line["took_seconds"], 1.5);
  EXPECT_EQ(line["at"], "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(line["status"], "NOT_FOUND: no job 7");
}

TEST_F(LogTest, NothingLoggedCanForgeALineOrDriveATerminal) {
  const std::string hostile =
      "a\n{\"level\":\"error\"}\r\x1b[31m\x7f\xc2\x9b"
      "2J\"\\";
  std::vector<std::string> lines = LinesOf([&] { LogInfo("test", hostile, {{"key", hostile}}); });
  ASSERT_EQ(lines.size(), 1u);
  for (const unsigned char byte : lines[0]) {
    EXPECT_GE(byte, 0x20);
    EXPECT_NE(byte, 0x7f);
  }
  EXPECT_FALSE(absl::StrContains(lines[0], "\xc2\x9b"));
  const nlohmann::json line = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(line["msg"], hostile);
  EXPECT_EQ(line["key"], hostile);
  EXPECT_EQ(line["level"], "info");
}

TEST_F(LogTest, TextStaysReadableAndInvalidUtf8IsReplaced) {
  const std::vector<std::string> lines = LinesOf([] {
    LogInfo("test", "\u5fd9 is busy",
            {{"bad",
              "a\xff"
              "b"}});
  });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(absl::StrContains(lines[0], "\u5fd9 is busy")) << lines[0];
  EXPECT_EQ(nlohmann::json::parse(lines[0])["bad"],
            "a\ufffd"
            "b");
}

TEST_F(LogTest, LinesBelowTheLevelAreDropped) {
  EXPECT_EQ(LinesOf([] { LogDebug("test", "dropped"); }).size(), 0u);
  SetLogLevel(LogLevel::kDebug);
  EXPECT_EQ(LinesOf([] { LogDebug("test", "kept"); }).size(), 1u);
  SetLogLevel(LogLevel::kError);
  EXPECT_EQ(LinesOf([] { LogWarning("test", "dropped"); }).size(), 0u);
  EXPECT_EQ(LinesOf([] { LogError("test", "kept"); }).size(), 1u);
}

TEST_F(LogTest, LinesOfSeveralThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 100;
  const std::vector<std::string> lines = LinesOf([] {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([i] {
        for (int n = 0; n < kLines; ++n) LogInfo("test", "line", {{"thread", i}, {"n", n}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  ASSERT_EQ(lines.size(), size_t{kThreads * kLines});
  for (const std::string& line : lines) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

TEST(ParseLogLevelTest, KnowsTheNamesThatLinesCarry) {
  EXPECT_EQ(*ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(*ParseLogLevel("info"), LogLevel::kInfo);
  EXPECT_EQ(*ParseLogLevel("warning"), LogLevel::kWarning);
  EXPECT_EQ(*ParseLogLevel("error"), LogLevel::kError);
}

TEST(ParseLogLevelTest, RefusesOtherNamesAndListsTheAllowed) {
  const absl::Status status = ParseLogLevel("INFO").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "\"INFO\"")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "\"warning\"")) << status;
}

}  // namespace
}  // namespace lull
