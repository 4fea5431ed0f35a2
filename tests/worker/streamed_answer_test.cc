#include "worker/streamed_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace lull {
namespace {

using State = StreamedAnswer::State;
using nlohmann::json;

std::string Chunk(absl::string_view choices, absl::string_view more = "") {
  return absl::StrCat(
      R"({"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","choices":[)", choices,
      "]", more, "}");
}
std::string Delta(absl::string_view delta) {
  return Chunk(absl::StrCat(R"({"index":0,"delta":)", delta, R"(,"finish_reason":null})"));
}
const std::string kStop = Chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})");

json BodyOf(const std::vector<std::string>& events) {
  StreamedAnswer answer(10000);
  for (const std::string& event : events) {
    EXPECT_NE(answer.Take(event), State::kUnusable) << event;
    EXPECT_NE(answer.state(), State::kTooLarge) << event;
  }
  return json::parse(answer.TakeBody());
}

TEST(StreamedAnswerTest, IsTheAnswerThatAPlainCallHas) {
  const json body =
      BodyOf({Delta(R"({"role":"assistant","content":""})"), Delta(R"({"content":"He\"l"})"),
              Delta(R"({"content":"lo\n"})"), kStop,
              Chunk("", R"(,"usage":{"prompt_tokens":3,"completion_tokens":2})"), "[DONE]"});
  EXPECT_EQ(body, json::parse(R"({"id":"c1","object":"chat.completion","created":5,"model":"m",
      "choices":[{"index":0,"message":{"role":"assistant","content":"He\"llo\n"},
                  "finish_reason":"stop"}],
      "usage":{"prompt_tokens":3,"completion_tokens":2}})"));
}

TEST(StreamedAnswerTest, ReasoningStandsBesideTheContent) {
  const json body =
      BodyOf({Delta(R"({"role":"assistant","content":null,"reasoning_content":"th"})"),
              Delta(R"({"content":null,"reasoning_content":"ink"})"), Delta(R"({"content":"so"})"),
              kStop});
  EXPECT_EQ(body["choices"][0]["message"],
            json::parse(R"({"role":"assistant","content":"so","reasoning_content":"think"})"));
}

TEST(StreamedAnswerTest, ToolCallsAreToldApartByTheirIndex) {
  const json body = BodyOf({
      Delta(
          R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function",)"
          R"("function":{"name":"f","arguments":""}}]})"),
      Delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]})"),
      Delta(R"({"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g",)"
            R"("arguments":"{}"}}]})"),
      // Some providers say everything again.
      Delta(R"({"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f",)"
            R"("arguments":":1}"}}]})"),
      Chunk(R"({"index":0,"delta":{},"finish_reason":"tool_calls"})"),
  });
  EXPECT_EQ(body["choices"][0]["message"], json::parse(R"({"role":"assistant","content":null,
      "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
                    {"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]})"));
}

TEST(StreamedAnswerTest, ChoicesMayComeInAnyOrder) {
  const json body = BodyOf({Chunk(R"({"index":1,"delta":{"content":"b"},"finish_reason":"stop"})"),
                            Chunk(R"({"index":0,"delta":{"content":"a"}})")});
  ASSERT_EQ(body["choices"].size(), 2u);
  EXPECT_EQ(body["choices"][0]["message"]["content"], "a");
  EXPECT_TRUE(body["choices"][0]["finish_reason"].is_null());
  EXPECT_EQ(body["choices"][1]["message"]["content"], "b");
  EXPECT_EQ(body["choices"][1]["finish_reason"], "stop");
}

TEST(StreamedAnswerTest, CompletionsWithoutAChatHaveATextAndLogprobs) {
  const json body = BodyOf({Chunk(R"({"index":0,"text":"a","logprobs":{"tokens":["a"]}})"),
                            Chunk(R"({"index":0,"text":"b","logprobs":{"tokens":["b"]}})"),
                            Chunk(R"({"index":0,"text":"","finish_reason":"length"})")});
  EXPECT_EQ(body["object"], "text_completion");
  EXPECT_EQ(body["choices"][0], json::parse(R"({"index":0,"text":"ab",
      "logprobs":{"tokens":["a","b"]},"finish_reason":"length"})"));
}

TEST(StreamedAnswerTest, ListsGetTheElementsOfEachChunk) {
  const auto logprobs = [](absl::string_view list) {
    return Chunk(absl::StrCat(R"({"index":0,"delta":{},"logprobs":{"content":)", list, "}}"));
  };
  const auto content = [](const json& body) { return body["choices"][0]["logprobs"]["content"]; };
  EXPECT_EQ(content(BodyOf({logprobs("[]"), kStop})), json::array());
  EXPECT_EQ(content(BodyOf({logprobs("[]"), logprobs(R"([{"token":"a", "top":[1, []]}, 3, null])"),
                            logprobs("[]"), logprobs(R"(["],["])"), kStop})),
            json::parse(R"([{"token":"a","top":[1,[]]},3,null,"],["])"));
  // A list is either of elements with an index or of others: the last kind stays.
  EXPECT_EQ(content(BodyOf({logprobs(R"([{"index":0,"a":"x"}])"), logprobs("[]"),
                            logprobs(R"([{"index":0,"a":"y"}])"), kStop})),
            json::parse(R"([{"a":"xy"}])"));
  EXPECT_EQ(content(BodyOf({logprobs(R"([1,{"index":0,"a":"x"},2,3])"), logprobs("[4,5]"), kStop})),
            json::parse("[2,3,4,5]"));
}

TEST(StreamedAnswerTest, AnErrorIsTheBodyWhateverCameBefore) {
  for (const char* error :
       {R"({"error":{"message":"no","code":502}})", R"({"error":"no"})", R"({"type":"error"})",
        R"({"choices":[{"index":0,"delta":{},"error":{"code":502}}]})"}) {
    StreamedAnswer answer(10000);
    answer.Take(Delta(R"({"content":"a"})"));
    answer.Take(error);
    answer.Take(kStop);
    EXPECT_EQ(answer.Take("[DONE]"), State::kDone);
    EXPECT_EQ(answer.TakeBody(), error);
  }
  EXPECT_EQ(BodyOf({R"({"error":null,"choices":[{"delta":{"content":"a"}}]})"}).count("error"), 0u);
}

TEST(StreamedAnswerTest, AnEventThatIsNoChunkIsTheBody) {
  for (const std::string& event : {std::string("nonsense"), std::string("[1]"), std::string("{"),
                                   std::string(10000, '['), std::string("\"\xff\"")}) {
    StreamedAnswer answer(10000);
    answer.Take(kStop);
    EXPECT_EQ(answer.Take(event), State::kUnusable);
    EXPECT_EQ(answer.Take(kStop), State::kUnusable);
    EXPECT_EQ(answer.TakeBody(), event);
  }
}

TEST(StreamedAnswerTest, NothingHasNoBody) {
  StreamedAnswer answer(10000);
  EXPECT_EQ(answer.Take("[DONE]"), State::kDone);
  EXPECT_EQ(answer.Take(kStop), State::kDone);
  EXPECT_EQ(answer.TakeBody(), "");
}

TEST(StreamedAnswerTest, WhatIsKeptIsBounded) {
  const std::string rows[] = {
      Delta(R"({"content":"0123456789"})"),
      Delta(R"({"content":"\u0000"})"),
      Delta(R"({"list":[1,[2],{}]})"),
  };
  for (const std::string& event : rows) {
    StreamedAnswer answer(1000);
    int taken = 0;
    while (answer.Take(event) == State::kOpen && taken < 10000) ++taken;
    EXPECT_EQ(answer.state(), State::kTooLarge) << event;
    EXPECT_LE(answer.TakeBody().size(), 1200u) << event;
  }
  int count = 0;
  StreamedAnswer answer(100000);
  while (answer.Take(Delta(absl::StrCat("{\"m", count, "\":1}"))) == State::kOpen) {
    ASSERT_LT(++count, 1000);
  }
  for (const char* choice : {R"({"index":-1})", R"({"index":1000000})",
                             R"({"index":0,"delta":{"tool_calls":[{"index":100000}]}})"}) {
    EXPECT_EQ(StreamedAnswer(1000).Take(Chunk(choice)), State::kTooLarge) << choice;
  }
}

// Elements and choices that say nothing but their index.
TEST(StreamedAnswerTest, EveryNewIndexCounts) {
  std::string elements;
  for (int index = 0; index < 100; ++index) {
    absl::StrAppend(&elements, index > 0 ? "," : "", "{\"index\":", index, "}");
  }
  const std::string calls = Delta(absl::StrCat("{\"tool_calls\":[", elements, "]}"));
  EXPECT_EQ(StreamedAnswer(3000).Take(calls), State::kTooLarge);
  EXPECT_EQ(StreamedAnswer(3000).Take(Chunk(elements)), State::kTooLarge);

  StreamedAnswer roomy(10000);
  for (int again = 0; again < 100; ++again) {
    ASSERT_EQ(roomy.Take(calls), State::kOpen) << "an index that is known costs nothing again";
  }
}

TEST(StreamedAnswerTest, HalvesOfAnEmojiAndAbsurdNumbersLoseNothingElse) {
  const json body =
      BodyOf({Delta(R"({"content":"so \ud83d"})"), Delta(R"({"content":"\ude00 far"})"),
              Delta(R"({"content":"\ud83d\ude00","x":1e400})"), kStop});
  EXPECT_EQ(body["choices"][0]["message"]["content"], "so \ufffd\ufffd far\U0001f600");
  EXPECT_EQ(body["choices"][0]["finish_reason"], "stop");
}

}  // namespace
}  // namespace lull
