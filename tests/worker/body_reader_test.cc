#include "worker/body_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace lull {
namespace {

struct Read {
  std::string body;
  std::string events;
  std::optional<HttpEnd> end;
  bool done = false;

  bool operator==(const Read& other) const {
    return body == other.body && events == other.events && end == other.end && done == other.done;
  }
};

// `length` gives the length of the next piece.
template <typename Length>
Read ReadIn(absl::string_view text, bool stream, Length length) {
  Read read;
  BodyReader reader(100'000);
  if (stream) {
    reader.BeginStream([&](absl::string_view event) { absl::StrAppend(&read.events, event); });
  }
  while (!text.empty() && !read.end) {
    const absl::string_view piece = text.substr(0, length());
    read.end = reader.Feed(piece).end;
    text.remove_prefix(piece.size());
  }
  read.body = reader.Take(!read.end || *read.end == HttpEnd::kAnswered);
  read.done = reader.stream_done();
  return read;
}

std::string Delta(absl::string_view content) {
  return absl::StrCat(R"(data: {"id":"c","choices":[{"index":0,"delta":{"content":")", content,
                      R"("},"finish_reason":null}]})", "\n\n");
}

// A stream as providers send it: chunks in several scripts, comments, other fields, now and then an
// error or no end, with any of the three line ends.
std::string RandomStream(std::mt19937& random) {
  const auto one_of = [&](int count) { return static_cast<int>(random() % count); };
  const char* const texts[] = {"word ", "一个词", "\\n\\\"", "\\u00e9", "🙂", ""};
  std::string stream;
  for (int i = one_of(12); i > 0; --i) {
    switch (one_of(8)) {
      case 0:
        stream += ": keep-alive\n\n";
        break;
      case 1:
        stream += "event: message\nid: 5\nretry: 3\n";
        stream += Delta("x");
        break;
      case 2:
        stream += "event: ping\n\n";
        break;
      default:
        stream += Delta(texts[one_of(6)]);
    }
  }
  if (one_of(10) == 0) stream += "data: {\"error\":{\"message\":\"no\",\"code\":502}}\n\n";
  if (one_of(10) != 0) {
    stream += "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  }
  if (one_of(5) != 0) stream += "data: [DONE]\n\n";
  const char* const ends[] = {"\n", "\r\n", "\r"};
  return absl::StrReplaceAll(stream, {{"\n", ends[one_of(3)]}});
}

TEST(BodyReaderTest, TheSameStreamGivesTheSameHoweverItIsCut) {
  std::mt19937 random(20261127);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = RandomStream(random);
    SCOPED_TRACE(text);
    const Read whole = ReadIn(text, true, [&] { return std::max<size_t>(1, text.size()); });
    EXPECT_TRUE(ReadIn(text, true, [] { return size_t{1}; }) == whole);
    for (int cuts = 0; cuts < 5; ++cuts) {
      const size_t most = 1 + random() % 60;
      const Read cut = ReadIn(text, true, [&] { return 1 + random() % most; });
      ASSERT_TRUE(cut == whole) << cut.body << "\n" << whole.body;
    }
  }
}

TEST(BodyReaderTest, WhatIsPassedOnIsTheStreamWithoutItsComments) {
  const std::string error = "data: {\"error\":{\"message\":\"no\"}}\n\n";
  const std::string stream =
      absl::StrCat(": queued\n\n", Delta("a"), ": busy\n\n", Delta("b"), error, Delta("c"));
  const Read read = ReadIn(stream, true, [] { return size_t{7}; });
  EXPECT_EQ(read.events, Delta("a") + Delta("b")) << "up to an error, which may quote the key";
}

TEST(BodyReaderTest, OnlyAnEventThatMovesTheAnswerOnIsContent) {
  const auto is_content = [](absl::string_view event) {
    BodyReader reader(100'000);
    reader.BeginStream();
    return reader.Feed(absl::StrCat("data: ", event, "\n\n")).content;
  };
  const auto choice = [](absl::string_view fields) {
    return absl::StrCat(R"({"id":"c","model":"m","usage":null,"choices":[{"index":0,)", fields,
                        "}]}");
  };
  for (const std::string& event :
       {choice(R"("delta":{},"finish_reason":null)"), choice(R"("delta":{"role":"assistant"})"),
        choice(R"("delta":{"role":"assistant","content":"","reasoning_content":null})"),
        choice(R"("delta":{"tool_calls":[{"index":0,"type":"function",)"
               R"("function":{"arguments":""}}]},"finish_reason":"")"),
        choice(R"("text":"")"), choice(R"("delta":null)"), std::string(R"({"choices":[]})"),
        std::string(R"({"choices":[1,null]})"), std::string(R"({"id":"c"})")}) {
    EXPECT_FALSE(is_content(event)) << event;
  }
  for (const std::string& event :
       {choice(R"("delta":{"content":" "})"), choice(R"("delta":{"reasoning_content":"a"})"),
        choice(R"("delta":{"reasoning_details":[{"type":"reasoning.text","text":"a"}]})"),
        choice(R"("delta":{"refusal":"no"})"),
        choice(R"("delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f",)"
               R"("arguments":""}}]})"),
        choice(R"("delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]})"),
        choice(R"("delta":{"function_call":{"arguments":"{"}})"), choice(R"("text":"a")"),
        choice(R"("delta":{},"finish_reason":"stop")"), choice(R"("error":{"code":502})"),
        std::string(R"({"choices":[],"usage":{"prompt_tokens":3}})"),
        std::string(R"({"error":"no"})"), std::string("nonsense"), std::string("[DONE]")}) {
    EXPECT_TRUE(is_content(event)) << event;
  }
  BodyReader reader(100'000);
  reader.BeginStream();
  EXPECT_TRUE(reader.Feed(absl::StrCat(Delta("a"), Delta(""))).content) << "one of two is enough";
}

TEST(BodyReaderTest, AWholeAnswerIsTheSameHoweverItIsCut) {
  const std::string text = "\n\n: keep-alive\n\n  {\"choices\":[{\"finish_reason\":\"stop\"}]}\n";
  const Read whole = ReadIn(text, false, [&] { return text.size(); });
  EXPECT_EQ(whole.body, "{\"choices\":[{\"finish_reason\":\"stop\"}]}\n");
  for (size_t length = 1; length < text.size(); ++length) {
    EXPECT_TRUE(ReadIn(text, false, [&] { return length; }) == whole) << length;
  }
}

}  // namespace
}  // namespace lull
