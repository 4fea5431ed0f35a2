#include "worker/json_repair.h"

#include <gtest/gtest.h>

#include <string>

namespace lull {
namespace {

struct Row {
  const char* from;
  const char* to;
};

TEST(JsonRepairTest, HalvesOfPairsAreReplaced) {
  const Row rows[] = {
      {R"({"a":"x\ud83d"})", R"({"a":"x\ufffd"})"},
      {R"({"a":"\uDE00x"})", R"({"a":"\ufffdx"})"},
      {R"(["\ud83d\ud83d\ude00"])", R"(["\ufffd\ud83d\ude00"])"},
      {R"(["\ud83d\ude00\ude00"])", R"(["\ud83d\ude00\ufffd"])"},
      {R"(["\ude00\ud83d"])", R"(["\ufffd\ufffd"])"},
      {R"(["\ud83d\u0041"])", R"(["\ufffd\u0041"])"},
      {R"(["\ud83d\n","\\\ud83d"])", R"(["\ufffd\n","\\\ufffd"])"},
      {R"({"\udbff":"\udfff"})", R"({"\ufffd":"\ufffd"})"},
  };
  for (const Row& row : rows) {
    std::string json = row.from;
    EXPECT_TRUE(RepairSurrogates(json)) << row.from;
    EXPECT_EQ(json, row.to);
    EXPECT_FALSE(RepairSurrogates(json)) << json;
  }
}

TEST(JsonRepairTest, EverythingElseStays) {
  for (const char* text :
       {"", "{}", R"(["\ud83d\ude00","\uD83D\uDE00"])", R"(["\\ud83d"])", R"(["\\\\ud83d"])",
        R"(["\ud7ff\ue000"])", R"(["\ud83)", R"(["\ud83g"])", R"(\)", R"(["\)", R"(["\u)"}) {
    std::string json = text;
    EXPECT_FALSE(RepairSurrogates(json)) << text;
    EXPECT_EQ(json, text);
  }
}

TEST(JsonRepairTest, NumbersThatNothingHoldsBecomeNull) {
  const Row rows[] = {
      {R"({"a":18446744073709551616})", R"({"a":null                })"},
      {R"([-9223372036854775809,1])", R"([null                ,1])"},
      {R"([1e400])", R"([null ])"},
      {R"(["\"1e400",-1.5E+999])", R"(["\"1e400",null     ])"},
  };
  for (const Row& row : rows) {
    std::string json = row.from;
    EXPECT_TRUE(RepairNumbers(json)) << row.from;
    EXPECT_EQ(json, row.to);
  }
}

TEST(JsonRepairTest, TakesLinearTime) {
  constexpr size_t kBytes = 16 << 20;
  for (const char* unit : {"0", "-", "1", "e", "\"", "\\", "\\ud83d", "[1e400,"}) {
    std::string json = "[";
    while (json.size() < kBytes) json += unit;
    RepairNumbers(json);
    RepairSurrogates(json);
    EXPECT_GE(json.size(), kBytes);
  }
}

TEST(JsonRepairTest, NumbersThatCanBeReadOrAreNoneStay) {
  for (const char* text :
       {"", "1", "[18446744073709551615,-9223372036854775808,1e308,1e-400,0.1]",
        "[123456789012345678901234.5]", R"(["1e400","\"1e400"])", "018446744073709551616", "1e",
        "-", "[truefalse]", "-.5", "1.", "\"18446744073709551616", "\"\\"}) {
    std::string json = text;
    EXPECT_FALSE(RepairNumbers(json)) << text;
    EXPECT_EQ(json, text);
  }
}

}  // namespace
}  // namespace lull
