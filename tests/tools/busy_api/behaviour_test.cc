#include "tools/busy_api/behaviour.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/busy_api/preset.h"
#include "tools/busy_api/script_book.h"

namespace lull {
namespace {

std::string Error(absl::string_view script) {
  const auto behaviour = ParseBehaviour(script);
  return behaviour.ok() ? "ok" : std::string(behaviour.status().message());
}

TEST(PresetTest, EveryPresetParsesHasItsOwnNameAndAKnownMeaning) {
  const std::set<absl::string_view> meanings = {"answer",  "busy",     "transient", "permanent",
                                                "context", "operator", "daily",     "hostile"};
  std::set<absl::string_view> names;
  for (const Preset& preset : Presets()) {
    EXPECT_EQ(Error(preset.script), "ok") << preset.name;
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name;
    EXPECT_TRUE(meanings.contains(preset.meaning)) << preset.name;
    const auto found = FindPreset(preset.name);
    ASSERT_TRUE(found.ok()) << preset.name;
    EXPECT_EQ(found->name, preset.name);
  }
  for (const absl::string_view meaning : meanings) {
    EXPECT_TRUE(std::any_of(Presets().begin(), Presets().end(), [&](const Preset& preset) {
      return preset.meaning == meaning;
    })) << meaning;
  }
}

TEST(BehaviourTest, ScriptIsAPresetsNameOrChangesOne) {
  EXPECT_EQ(ParseBehaviour("rate_limit_429")->status, 429);
  const auto changed = ParseBehaviour(
      R"({"preset":"rate_limit_429","hint":"retry_after_ms","hint_s":0.25,"headers":{"A":"b"}})");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->status, 429);
  EXPECT_EQ(changed->name, "rate_limit_429");
  EXPECT_EQ(changed->hint_s, 0.25);
  EXPECT_EQ(changed->headers.front().second, "b");
  EXPECT_EQ(ParseBehaviour("{}")->name, "script");
}

TEST(BehaviourTest, MistakesAreNamed) {
  EXPECT_TRUE(absl::StrContains(Error("no_such_preset"), "rate_limit_429"));
  EXPECT_TRUE(absl::StrContains(Error("{"), "JSON"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"statsu":1})"), "statsu"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"status":"200"})"), "integer"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"status":1000})"), "999"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"end":"sideways"})"), "keep|close|reset"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"hint":"maybe"})"), "retry_after_ms"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"preset":"nope"})"), "nope"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"headers":{"a":1}})"), "string"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"hostile":"mean"})"), "gzip_bomb"));
}

TEST(BehaviourTest, SlotAndBillFollowFromTheAnswerUnlessSaid) {
  const auto slot_and_bill = [](absl::string_view script) {
    const Behaviour behaviour = *ParseBehaviour(script);
    return absl::StrCat(behaviour.takes_slot() ? "slot" : "-", " ",
                        behaviour.is_billed() ? "bill" : "-");
  };
  EXPECT_EQ(slot_and_bill("{}"), "slot bill");
  EXPECT_EQ(slot_and_bill("cut_stream"), "slot bill");
  EXPECT_EQ(slot_and_bill("rate_limit_429"), "- -");
  EXPECT_EQ(slot_and_bill("error_500"), "slot -");
  EXPECT_EQ(slot_and_bill("error_in_body"), "- -");
  EXPECT_EQ(slot_and_bill("error_in_stream"), "slot bill");
  EXPECT_EQ(slot_and_bill("reset_after_read"), "- -");
  EXPECT_EQ(slot_and_bill("close_after_read"), "slot bill");
  EXPECT_EQ(slot_and_bill("redirect"), "- -");
}

TEST(ScriptBookTest, AnswersComeInOrderAndThenNoMore) {
  ScriptBook book;
  ASSERT_TRUE(book.Add(R"({"match":{"contains":"MARK"},
                           "answers":["rate_limit_429",{"status":500},"ok"]})")
                  .ok());
  EXPECT_EQ(book.Take({"nothing", "m", "/p", ""}), std::nullopt);
  EXPECT_EQ(book.Take({"a MARK b", "m", "/p", ""})->status, 429);
  EXPECT_EQ(book.Take({"a MARK b", "m", "/p", ""})->status, 500);
  EXPECT_EQ(book.Take({"a MARK b", "m", "/p", ""})->status, 200);
  EXPECT_EQ(book.Take({"a MARK b", "m", "/p", ""}), std::nullopt);
}

TEST(ScriptBookTest, OldestMatchingRuleAnswersFirstAndMayRepeat) {
  ScriptBook book;
  ASSERT_EQ(*book.Add(R"({"match":{"model":"x"},"answers":["error_500"]})"), 1);
  ASSERT_EQ(*book.Add(R"({"answers":["timeout_408","conflict_409"],"repeat":true})"), 2);
  EXPECT_EQ(book.Take({"", "x", "", ""})->status, 500);
  EXPECT_EQ(book.Take({"", "x", "", ""})->status, 408);
  EXPECT_EQ(book.Take({"", "y", "", ""})->status, 409);
  EXPECT_EQ(book.Take({"", "y", "", ""})->status, 408);
  EXPECT_EQ(book.Json(),
            "[{\"id\":1,\"left\":0,\"taken\":1},{\"id\":2,\"left\":-1,\"taken\":3}]\n");
  book.Clear();
  EXPECT_EQ(book.Take({"", "y", "", ""}), std::nullopt);
}

TEST(ScriptBookTest, MatchesByPathAndRequestId) {
  ScriptBook book;
  ASSERT_TRUE(book.Add(R"({"match":{"path":"/p","request_id":"7"},"answers":["error_500"]})").ok());
  EXPECT_EQ(book.Take({"", "", "/p", "8"}), std::nullopt);
  EXPECT_EQ(book.Take({"", "", "/q", "7"}), std::nullopt);
  EXPECT_TRUE(book.Take({"", "", "/p", "7"}).has_value());
}

TEST(ScriptBookTest, MalformedRulesAreRefused) {
  ScriptBook book;
  for (const char* rule :
       {"[]", "{", R"({"answers":[]})", R"({"answers":["nope"]})", R"({"answers":"ok"})",
        R"({"answers":["ok"],"match":{"colour":"red"}})", R"({"answers":["ok"],"repeat":"yes"})",
        R"({"answers":["ok"],"match":{"model":1}})", R"({"match":{}})"}) {
    EXPECT_EQ(book.Add(rule).status().code(), absl::StatusCode::kInvalidArgument) << rule;
  }
  EXPECT_EQ(book.Json(), "[]\n");
}

}  // namespace
}  // namespace lull
