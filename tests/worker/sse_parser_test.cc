#include "worker/sse_parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

using State = SseParser::State;

struct Parsed {
  std::vector<std::string> events;
  State state = State::kOpen;

  bool operator==(const Parsed& other) const {
    return events == other.events && state == other.state;
  }
};

// `length` gives the length of the next piece.
template <typename Length>
Parsed Parse(absl::string_view text, size_t event_bytes_max, Length length) {
  Parsed parsed;
  SseParser parser(event_bytes_max);
  const auto take = [&](absl::string_view data) {
    parsed.events.emplace_back(data);
    return data != "stop";
  };
  while (!text.empty()) {
    const absl::string_view piece = text.substr(0, length());
    parsed.state = parser.Feed(piece, take);
    text.remove_prefix(piece.size());
  }
  parsed.state = parser.End(take);
  return parsed;
}

Parsed ParseWhole(absl::string_view text, size_t event_bytes_max = 1000) {
  return Parse(text, event_bytes_max, [&] { return text.size(); });
}

TEST(SseParserTest, TheTextOfAnEventIsAllOfItButComments) {
  SseParser parser(100, /*keep_text=*/true);
  std::vector<std::string> texts;
  const auto take = [&](absl::string_view) {
    texts.emplace_back(parser.event_text());
    return true;
  };
  for (const char c :
       absl::string_view("\xEF\xBB\xBF: hello\r\nevent: x\r\ndata: a\r\n:y\r\nid: 7\r\n"
                         "\r\nevent: ping\n\ndata: b\rdata: c\r\rdata: d\n")) {
    parser.Feed(absl::string_view(&c, 1), take);
  }
  parser.End(take);
  EXPECT_EQ(texts, (std::vector<std::string>{"event: x\ndata: a\nid: 7\n\n", "data: b\ndata: c\n\n",
                                             "data: d\n\n"}));
}

TEST(SseParserTest, ATextBeyondTheBoundIsGivenUpAndTheEventIsNot) {
  SseParser parser(20, /*keep_text=*/true);
  std::vector<std::string> events;
  const auto take = [&](absl::string_view data) {
    events.push_back(absl::StrCat(data, "|", parser.event_text()));
    return true;
  };
  parser.Feed("id: 0123456789\nid: 0123456789\ndata: a\n\ndata: b\n\n", take);
  EXPECT_EQ(events, (std::vector<std::string>{"a|", "b|data: b\n\n"}));
}

struct Row {
  const char* what;
  std::string text;
  std::vector<std::string> events;
};

TEST(SseParserTest, Table) {
  const Row rows[] = {
      {"events", "data: a\n\ndata: b\n\n", {"a", "b"}},
      {"carriage returns", "data: a\r\rdata: b\r\r", {"a", "b"}},
      {"both", "data: a\r\n\r\ndata: b\r\n\r\n", {"a", "b"}},
      {"several lines", "data: a\ndata: b\n\n", {"a\nb"}},
      {"an empty line within", "data: a\ndata:\ndata: b\n\n", {"a\n\nb"}},
      {"comments", ": keep-alive\n\n:\n\n:x\ndata: a\n:y\n\n", {"a"}},
      {"no space", "data:a\n\n", {"a"}},
      {"only one space is taken", "data:  a\n\n", {" a"}},
      {"other fields", "event: e\nid: 1\nretry: 5\ndata: a\nfoo\ndatabase: x\n\n", {"a"}},
      {"events without data", "event: ping\n\ndata:\n\ndata\n\ndata: a\n\n", {"a"}},
      {"a byte order mark",
       "\xEF\xBB\xBF"
       "data: a\n\n",
       {"a"}},
      {"a later one is none",
       "data: a\n\n\xEF\xBB\xBF"
       "data: b\n\n",
       {"a"}},
      {"blank lines", "\n\n\ndata: a\n\n\n\n", {"a"}},
      {"the last blank line is missing", "data: a\n\ndata: b\n", {"a", "b"}},
      {"a line without an end", "data: a\n\ndata: b", {"a"}},
      {"nothing", "", {}},
  };
  for (const Row& row : rows) {
    const Parsed parsed = ParseWhole(row.text);
    EXPECT_EQ(parsed.events, row.events) << row.what;
    EXPECT_EQ(parsed.state, State::kOpen) << row.what;
  }
}

TEST(SseParserTest, LinesAndEventsAreBounded) {
  EXPECT_EQ(ParseWhole("data: 1234\n\n", 10).events.size(), 1u);
  EXPECT_EQ(ParseWhole("data: 12345\n\n", 10).state, State::kTooLong);
  EXPECT_EQ(ParseWhole("data: 1\n\ndata: 123456789", 10), (Parsed{{"1"}, State::kTooLong}));
  EXPECT_EQ(ParseWhole("data:1234\ndata:1234\n\n", 10), (Parsed{{"1234\n1234"}, State::kOpen}));
  EXPECT_EQ(ParseWhole("data:1234\ndata:1234\ndata:\ndata:\n\n", 10).state, State::kTooLong);
  EXPECT_EQ(ParseWhole(absl::StrCat(":", std::string(5000, 'x'), "\ndata: a\n\n"), 10).events,
            std::vector<std::string>{"a"});
}

TEST(SseParserTest, NothingComesAfterAStop) {
  EXPECT_EQ(ParseWhole("data: stop\n\ndata: b\n\n"), (Parsed{{"stop"}, State::kStopped}));
}

TEST(SseParserTest, AnyChunkingGivesTheSameResult) {
  const char* const parts[] = {"data: a",
                               "data:",
                               "data: {\"x\":\"é\"}",
                               "\n",
                               "\r",
                               "\r\n",
                               "\n\n",
                               ":",
                               ": keep-alive",
                               " ",
                               "event",
                               "\xEF\xBB\xBF",
                               "\xEF",
                               "dat",
                               "a",
                               ": b",
                               "stop",
                               "data: [DONE]\n\n",
                               "\r\n\r\n",
                               "data: 0123456789012345678901234567890123456789"};
  std::mt19937 random(7);
  size_t events = 0, too_long = 0, stopped = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const size_t count = 1 + random() % 40;
    for (size_t i = 0; i < count; ++i) absl::StrAppend(&text, parts[random() % std::size(parts)]);
    const Parsed whole = ParseWhole(text, 64);
    events += whole.events.size();
    too_long += whole.state == State::kTooLong;
    stopped += whole.state == State::kStopped;
    ASSERT_EQ(Parse(text, 64, [] { return size_t{1}; }), whole) << text;
    for (int cut = 0; cut < 5; ++cut) {
      ASSERT_EQ(Parse(text, 64, [&] { return 1 + random() % 9; }), whole) << text;
    }
  }
  // The rounds are of use only if they reach every end.
  EXPECT_GT(events, 1000u);
  EXPECT_GT(too_long, 50u);
  EXPECT_GT(stopped, 10u);
}

}  // namespace
}  // namespace lull
