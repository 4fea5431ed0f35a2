#include "tools/busy_api/call.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/busy_api/hash.h"

namespace lull {
namespace {

std::string Error(absl::string_view body, Call::Kind kind = Call::Kind::kChat) {
  const absl::StatusOr<Call> call = ParseCall(kind, body);
  return call.ok() ? "ok" : std::string(call.status().message());
}

TEST(CallTest, ReadsWhatMatters) {
  const auto call = ParseCall(
      Call::Kind::kChat,
      R"({"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":7,
          "messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]})");
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->model, "m");
  EXPECT_TRUE(call->stream);
  EXPECT_TRUE(call->include_usage);
  EXPECT_EQ(call->output_tokens_max, 7);
  EXPECT_EQ(call->content, R"([{"content":"a","role":"system"},{"content":"b","role":"user"}])");
  EXPECT_EQ(call->prompt_tokens, (static_cast<int64_t>(call->content.size()) + 3) / 4);
}

TEST(CallTest, MaxCompletionTokensWinsOverTheOlderName) {
  const auto call = ParseCall(Call::Kind::kChat,
                              R"({"model":"m","messages":[{}],"max_tokens":1,
                                  "max_completion_tokens":2})");
  ASSERT_TRUE(call.ok());
  EXPECT_EQ(call->output_tokens_max, 2);
}

TEST(CallTest, ContentHashIgnoresFormatAndOtherMembersButNotContent) {
  const auto hash = [](absl::string_view body) {
    return ParseCall(Call::Kind::kChat, body)->content_hash;
  };
  const std::string one = hash(R"({"model":"a","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(one, Sha256Hex(R"([{"content":"x","role":"user"}])"));
  EXPECT_EQ(hash(R"({"messages": [ {"content":"\u0078", "role":"user"} ], "model":"b"})"), one);
  EXPECT_NE(hash(R"({"model":"a","messages":[{"role":"user","content":"y"}]})"), one);
}

TEST(CallTest, ContentIsWhatAJsonLibraryWritesCompactWithSortedKeys) {
  const auto call = ParseCall(Call::Kind::kChat,
                              R"({"model":"m","messages":[{"b":[1,-2,0.5,1e3,true,null,{}],
                                  "a":"tab\t\u0001 \"q\" \\ \u00e9","":[]}]})");
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->content,
            "[{\"\":[],\"a\":\"tab\\t\\u0001 \\\"q\\\" \\\\ \xc3\xa9\","
            "\"b\":[1,-2,0.5,1000.0,true,null,{}]}]");
}

TEST(CallTest, EmbeddingsTakeAStringOrAList) {
  const auto one = ParseCall(Call::Kind::kEmbeddings, R"({"model":"e","input":"x"})");
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->inputs, std::vector<std::string>{"\"x\""});
  const auto two = ParseCall(Call::Kind::kEmbeddings,
                             R"({"model":"e","input":["x",[1,2]],"encoding_format":"base64",
                                 "dimensions":3})");
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->inputs, (std::vector<std::string>{"\"x\"", "[1,2]"}));
  EXPECT_TRUE(two->base64);
  EXPECT_EQ(two->dimensions, 3);
}

TEST(CallTest, MalformedRequestsSayWhatIsWrong) {
  EXPECT_TRUE(absl::StrContains(Error("{"), "parse"));
  EXPECT_TRUE(absl::StrContains(Error("[]"), "parse"));
  EXPECT_TRUE(absl::StrContains(Error(""), "parse"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"messages":[{}]})"), "model"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"model":"m"})"), "messages"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"model":"m","messages":[]})"), "empty array"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"model":"m","messages":"x"})"), "array"));
  EXPECT_TRUE(absl::StrContains(Error(R"({"model":"m","messages":[{}],"max_tokens":0})"), "0"));
  EXPECT_TRUE(absl::StrContains(
      Error(R"({"model":"m","input":"x","dimensions":0})", Call::Kind::kEmbeddings), "dimensions"));
}

TEST(CallTest, DeepNestingIsRefusedAndBracketsInTextAreNot) {
  const std::string open(100000, '[');
  EXPECT_TRUE(absl::StrContains(Error(absl::StrCat(R"({"model":"m","messages":)", open)), "deep"));
  EXPECT_EQ(Error(absl::StrCat(R"({"model":"m","messages":[{"content":"\")", open, "\"}]}")), "ok");
}

TEST(CallTest, BytesThatAreNotUtf8AreRefused) {
  EXPECT_TRUE(
      absl::StrContains(Error("{\"model\":\"m\",\"messages\":[{\"content\":\"\xff\"}]}"), "parse"));
}

}  // namespace
}  // namespace lull
