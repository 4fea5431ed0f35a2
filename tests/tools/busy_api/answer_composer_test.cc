#include "tools/busy_api/answer_composer.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

using Framing = AnswerTape::Framing;
using End = AnswerTape::End;

class AnswerComposerTest : public ::testing::Test {
 protected:
  AnswerComposerTest() {
    call_.model = "m";
    call_.content_hash = std::string(64, 'h');
    service_.id = "id1";
    service_.usage = {10, 0, 40, 0};
    service_.first = absl::Seconds(1);
    service_.total = absl::Seconds(5);
  }

  AnswerTape Compose(absl::string_view script) {
    const auto behaviour = ParseBehaviour(script);
    EXPECT_TRUE(behaviour.ok()) << behaviour.status();
    return ComposeAnswer(*behaviour,
                         {call_, service_, settings_, now_, "Bearer sk-secret", RateState()});
  }

  static std::string Bytes(const AnswerTape& tape) {
    std::string bytes;
    for (const AnswerTape::Piece& piece : tape.pieces) {
      for (int64_t i = 0; i < piece.repeat; ++i) bytes += piece.bytes;
    }
    return bytes;
  }

  static absl::Duration Time(const AnswerTape& tape) {
    absl::Duration time = tape.head_wait;
    for (const AnswerTape::Piece& piece : tape.pieces) time += piece.wait * piece.repeat;
    return time;
  }

  // Events of the tape, and how many of them have text of the answer.
  static int ContentEvents(const AnswerTape& tape) {
    int count = 0;
    for (const AnswerTape::Piece& piece : tape.pieces) {
      if (absl::StrContains(piece.bytes, "\"delta\":{\"content\":")) ++count;
    }
    return count;
  }

  Call call_;
  Service service_;
  Settings settings_;
  absl::Time now_ = absl::FromUnixSeconds(1'767'571'200);
};

TEST_F(AnswerComposerTest, WholeAnswerComesAtOnceWhenItIsDone) {
  const AnswerTape tape = Compose("ok");
  EXPECT_EQ(tape.framing, Framing::kWhole);
  EXPECT_EQ(tape.end, End::kKeepAlive);
  EXPECT_EQ(tape.head_wait, absl::Seconds(5));
  EXPECT_TRUE(absl::StrContains(Bytes(tape), call_.content_hash));
  EXPECT_EQ(*tape.headers.Find("x-request-id"), "req_id1");
}

TEST_F(AnswerComposerTest, StreamBeginsWithTheFirstContentAndEndsInTime) {
  call_.stream = true;
  const AnswerTape tape = Compose("ok");
  EXPECT_EQ(tape.framing, Framing::kStream);
  EXPECT_EQ(tape.head_wait, absl::Seconds(1));
  EXPECT_EQ(tape.pieces.front().wait, absl::ZeroDuration());
  EXPECT_LE(Time(tape), absl::Seconds(5));
  EXPECT_GT(Time(tape), absl::Seconds(4));
  EXPECT_EQ(ContentEvents(tape), 10);
  EXPECT_FALSE(absl::StrContains(Bytes(tape), "usage"));
  call_.include_usage = true;
  EXPECT_TRUE(absl::StrContains(Bytes(Compose("ok")), "usage"));
  EXPECT_FALSE(absl::StrContains(Bytes(Compose("no_usage")), "usage"));
}

TEST_F(AnswerComposerTest, RefusalsComeAtOnceWithTheirHint) {
  const AnswerTape tape =
      Compose(R"({"preset":"rate_limit_429","hint":"retry_after_ms","hint_s":0.7})");
  EXPECT_EQ(tape.status, 429);
  EXPECT_EQ(Time(tape), absl::ZeroDuration());
  EXPECT_EQ(*tape.headers.Find("retry-after-ms"), "700");
  EXPECT_TRUE(absl::StrContains(
      Bytes(Compose(R"({"preset":"rate_limit_429","hint":"body_retry_after","hint_s":3})")),
      "\"retry_after\":3}}"));
  EXPECT_TRUE(absl::StrContains(Bytes(Compose("daily_quota_429")), "\"retryDelay\":\"45.8s\""));
}

TEST_F(AnswerComposerTest, ExhaustedRateHeadersSayWhenTheyAreReset) {
  const AnswerTape tape =
      Compose(R"({"preset":"rate_limit_429","rate_headers":"openai","rate_reset_s":90})");
  EXPECT_EQ(*tape.headers.Find("x-ratelimit-remaining-requests"), "0");
  EXPECT_EQ(*tape.headers.Find("x-ratelimit-reset-tokens"), "1m30s");
}

TEST_F(AnswerComposerTest, ShouldRetryIsAHeader) {
  EXPECT_EQ(*Compose("retry_400").headers.Find("x-should-retry"), "true");
  EXPECT_EQ(*Compose("no_retry_429").headers.Find("x-should-retry"), "false");
}

TEST_F(AnswerComposerTest, DialectsShapeTheirErrors) {
  const auto body = [&](absl::string_view dialect) {
    return Bytes(Compose(absl::StrCat(
        R"({"status":429,"error_message":"M","error_type":"T","error_code":"77","dialect":")",
        dialect, "\"}")));
  };
  EXPECT_EQ(body("openai"), R"({"error":{"message":"M","type":"T","param":null,"code":"77"}})");
  EXPECT_EQ(body("anthropic"), R"({"type":"error","error":{"type":"T","message":"M"}})");
  EXPECT_EQ(body("openrouter"),
            R"({"error":{"message":"M","code":77,"metadata":{"provider_name":"busy"}}})");
  EXPECT_TRUE(absl::StartsWith(
      body("google"), R"([{"error":{"code":429,"message":"M","status":"RESOURCE_EXHAUSTED")"));
}

TEST_F(AnswerComposerTest, QueueSendsTheHeadAndThenNothingThatCounts) {
  const AnswerTape whole = Compose(R"({"queue_s":10,"keep_alive_s":0.5})");
  EXPECT_EQ(whole.framing, Framing::kStream);
  EXPECT_EQ(whole.head_wait, absl::ZeroDuration());
  EXPECT_EQ(whole.pieces[0].bytes, "\n");
  EXPECT_EQ(whole.pieces[0].repeat, 20);
  EXPECT_EQ(Time(whole), absl::Seconds(15));
  call_.stream = true;
  const AnswerTape stream = Compose(R"({"queue_s":10,"keep_alive_s":0.5})");
  EXPECT_EQ(stream.pieces[0].bytes, ": keep-alive\n\n");
  EXPECT_GT(Time(stream), absl::Seconds(14));
}

TEST_F(AnswerComposerTest, SlowFirstContentSendsTheHeadFirst) {
  const AnswerTape whole = Compose(R"({"first_content_s":30})");
  EXPECT_EQ(whole.framing, Framing::kStream);
  EXPECT_EQ(whole.head_wait, absl::ZeroDuration());
  EXPECT_EQ(whole.pieces[0].wait, absl::Seconds(30));
}

TEST_F(AnswerComposerTest, SlowFirstContentOfAStreamComesAfterTheRole) {
  call_.stream = true;
  const AnswerTape tape = Compose(R"({"first_content_s":30})");
  EXPECT_EQ(tape.pieces[0].wait, absl::ZeroDuration());
  EXPECT_TRUE(absl::StrContains(tape.pieces[0].bytes, "\"role\""));
  EXPECT_EQ(tape.pieces[1].wait, absl::Seconds(30));
}

TEST_F(AnswerComposerTest, StreamStallsAfterItsChunks) {
  call_.stream = true;
  const AnswerTape tape = Compose(R"({"stall_after_chunks":2,"stall_s":60,"chunk_wait_s":0.5})");
  EXPECT_EQ(tape.pieces[2].wait, absl::Seconds(0.5));
  EXPECT_EQ(tape.pieces[3].wait, absl::Seconds(60.5));
  EXPECT_EQ(tape.pieces[4].wait, absl::Seconds(0.5));
}

TEST_F(AnswerComposerTest, CutStreamStopsAfterItsChunks) {
  call_.stream = true;
  const AnswerTape tape = Compose("cut_stream");
  EXPECT_EQ(ContentEvents(tape), 3);
  EXPECT_EQ(tape.end, End::kClose);
  EXPECT_FALSE(absl::StrContains(Bytes(tape), "[DONE]"));
  EXPECT_EQ(Compose("cut_stream_reset").end, End::kReset);
}

TEST_F(AnswerComposerTest, CutBodyPromisesWhatDoesNotCome) {
  const std::string full = Bytes(Compose("ok"));
  const AnswerTape tape = Compose("cut_body");
  EXPECT_EQ(tape.framing, Framing::kRaw);
  EXPECT_TRUE(absl::StrContains(tape.pieces[0].bytes,
                                absl::StrCat("Content-Length: ", full.size(), "\r\n")));
  EXPECT_EQ(tape.pieces[1].bytes, full.substr(0, 100));
  EXPECT_EQ(tape.end, End::kClose);
}

TEST_F(AnswerComposerTest, ContentLengthMayBeWrongEitherWay) {
  const std::string full = Bytes(Compose("ok"));
  EXPECT_TRUE(absl::StrContains(Bytes(Compose("short_body")),
                                absl::StrCat("Content-Length: ", full.size() + 50, "\r\n")));
  EXPECT_TRUE(absl::StrContains(Bytes(Compose(R"({"content_length_extra":-5,"end":"close"})")),
                                absl::StrCat("Content-Length: ", full.size() - 5, "\r\n")));
}

TEST_F(AnswerComposerTest, DripSendsEveryByteByItself) {
  const std::string full = Bytes(Compose("ok"));
  const AnswerTape tape = Compose(R"({"drip_bytes":1,"drip_wait_s":0.01})");
  EXPECT_EQ(tape.pieces.size(), full.size());
  EXPECT_EQ(Bytes(tape), full);
  EXPECT_EQ(tape.pieces[7].wait, absl::Milliseconds(10));
}

TEST_F(AnswerComposerTest, ErrorInA200IsTheBodyOrTheOnlyEvent) {
  const std::string whole = Bytes(Compose("error_in_body"));
  EXPECT_TRUE(absl::StartsWith(whole, "{\"error\":{")) << whole;
  call_.stream = true;
  const AnswerTape stream = Compose("error_in_body");
  EXPECT_EQ(stream.status, 200);
  EXPECT_TRUE(absl::StartsWith(Bytes(stream), "data: {\"error\":{"));
  EXPECT_EQ(ContentEvents(stream), 0);
}

TEST_F(AnswerComposerTest, ErrorInAStreamComesAfterItsChunksAndWithoutFinish) {
  call_.stream = true;
  const AnswerTape tape = Compose("error_in_stream");
  EXPECT_EQ(ContentEvents(tape), 2);
  EXPECT_TRUE(absl::StrContains(Bytes(tape), "data: {\"error\":{"));
  EXPECT_FALSE(absl::StrContains(Bytes(tape), "\"finish_reason\":\"stop\""));
}

TEST_F(AnswerComposerTest, FinishReasonsAreWrittenMissingOrNull) {
  const auto whole = [&](absl::string_view script) {
    call_.stream = false;
    return Bytes(Compose(script));
  };
  const auto stream = [&](absl::string_view script) {
    call_.stream = true;
    return Bytes(Compose(script));
  };
  EXPECT_TRUE(absl::StrContains(whole("ok"), "\"finish_reason\":\"stop\""));
  EXPECT_FALSE(absl::StrContains(whole("missing_finish"), "finish_reason"));
  EXPECT_TRUE(absl::StrContains(whole("finish_null"), "\"finish_reason\":null"));
  EXPECT_TRUE(absl::StrContains(stream("finish_unknown"), "\"finish_reason\":\"sunspots\""));
  EXPECT_FALSE(absl::StrContains(stream("missing_finish"), "\"finish_reason\":\""));
  EXPECT_TRUE(absl::StrContains(stream("missing_finish"), "[DONE]"));
  EXPECT_FALSE(absl::StrContains(stream("missing_finish_and_done"), "[DONE]"));
  EXPECT_TRUE(absl::StrContains(whole("finish_tool_calls"), "\"tool_calls\":[{"));
  EXPECT_TRUE(absl::StrContains(whole("finish_function_call"), "\"function_call\":{"));
}

TEST_F(AnswerComposerTest, ReasoningComesBeforeTheContent) {
  service_.usage.reasoning_tokens = 12;
  EXPECT_TRUE(absl::StrContains(Bytes(Compose("ok")), "\"reasoning_content\":\"Let me think:"));
  call_.stream = true;
  const std::string events = Bytes(Compose("ok"));
  EXPECT_LT(events.rfind("reasoning_content"), events.find("\"delta\":{\"content\":\"h"));
}

TEST_F(AnswerComposerTest, SilencesHaveNoStatusLine) {
  const AnswerTape reset = Compose("reset_after_read");
  EXPECT_EQ(reset.status, 0);
  EXPECT_TRUE(reset.pieces.empty());
  EXPECT_EQ(reset.end, End::kReset);
  EXPECT_EQ(reset.head_wait, absl::ZeroDuration());
  const AnswerTape close = Compose("close_after_read");
  EXPECT_EQ(close.end, End::kClose);
  EXPECT_EQ(close.head_wait, absl::Seconds(5)) << "after the work";
  EXPECT_GT(Compose("never").head_wait, absl::Hours(1000));
}

TEST_F(AnswerComposerTest, KeyIsEchoedOnlyWhereAskedFor) {
  EXPECT_TRUE(absl::StrContains(Bytes(Compose("bad_key_401")), "sk-secret"));
  EXPECT_FALSE(absl::StrContains(Bytes(Compose("forbidden_403")), "sk-secret"));
}

TEST_F(AnswerComposerTest, HostileBodiesHaveTheirSizeAndAValidAnswerInside) {
  const auto size = [](const AnswerTape& tape) {
    int64_t bytes = 0;
    for (const auto& piece : tape.pieces) {
      bytes += static_cast<int64_t>(piece.bytes.size()) * piece.repeat;
    }
    return bytes;
  };
  EXPECT_GT(size(Compose("huge_body")), int64_t{1} << 30);
  EXPECT_GT(size(Compose("huge_line")), int64_t{1} << 30);
  EXPECT_LT(size(Compose("gzip_bomb")), 4 << 20);
  EXPECT_EQ(*Compose("gzip_bomb").headers.Find("Content-Encoding"), "gzip");
  EXPECT_EQ(Compose("huge_header").headers.Find("x-padding")->size(), 10'000'000u);
  EXPECT_GT(Compose("many_headers").headers.fields().size(), 9000u);
  const std::string small = Bytes(Compose(R"({"hostile":"huge_body","hostile_bytes":300000})"));
  EXPECT_TRUE(absl::StrContains(small, call_.content_hash));
  EXPECT_TRUE(absl::StrContains(Bytes(Compose(R"({"hostile":"deep_json","hostile_bytes":3})")),
                                "{\"choices\":[[[]]]}"));
}

TEST_F(AnswerComposerTest, RedirectHasALocationAndNoBody) {
  const AnswerTape tape = Compose("redirect");
  EXPECT_EQ(tape.status, 302);
  EXPECT_EQ(*tape.headers.Find("Location"), "http://169.254.169.254/latest/meta-data/");
  EXPECT_EQ(Bytes(tape), "");
}

TEST_F(AnswerComposerTest, WaitedCallsGoOnInTheirStream) {
  const auto behaviour = ParseBehaviour("ok");
  const AnswerTape tape = ComposeAnswer(
      *behaviour, {call_, service_, settings_, now_, "", RateState(), /*head_sent=*/true});
  EXPECT_EQ(tape.framing, Framing::kStream);
  EXPECT_TRUE(tape.head_sent);
  EXPECT_EQ(Time(tape), absl::Seconds(5));
}

}  // namespace
}  // namespace lull
