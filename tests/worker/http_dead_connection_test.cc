// Connections that die: with a request under way, which is then sent once and not again; in an
// answer; while they are idle.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/worker/http_client_fixture.h"
#include "tests/worker/raw_server.h"
#include "worker/classify_answer.h"
#include "worker/secret.h"

namespace lull {
namespace {

using HttpDeadConnectionTest = HttpClientTest;

TEST_F(HttpDeadConnectionTest, ARequestThatIsReadAndThenDroppedIsSentOnce) {
  RawServer server([](RawConnection& connection) { connection.ReadRequest(); });
  const HttpAnswer answer = Run(CallTo(server.Url()));
  EXPECT_EQ(answer.end, HttpEnd::kBroke);
  EXPECT_TRUE(answer.written);
  EXPECT_FALSE(answer.began);
  EXPECT_FALSE(answer.detail.empty());
  Sync();
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(HttpDeadConnectionTest, ARequestThatIsDroppedOnAKeptAliveConnectionIsSentOnce) {
  for (const bool reset : {false, true}) {
    RawServer server([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Send(RawAnswer(200, "{}"));
      connection.ReadRequest();
      if (reset) connection.Reset();
    });
    EXPECT_EQ(Run(CallTo(server.Url(), "{\"n\":1}")).end, HttpEnd::kAnswered);
    const HttpAnswer answer = Run(CallTo(server.Url(), "{\"n\":2}"));
    EXPECT_EQ(answer.end, HttpEnd::kBroke) << reset;
    EXPECT_TRUE(answer.written) << reset;
    EXPECT_FALSE(answer.began) << reset;
    Sync();
    EXPECT_EQ(server.requests().size(), 2u) << reset;
  }
}

// More than goes into the buffers of a socket at once: the connection dies while it is sent, before
// or after the server has read some of it.
TEST_F(HttpDeadConnectionTest, ALargeRequestThatIsDroppedOnAKeptAliveConnectionIsSentOnce) {
  for (const size_t read : {0, 100, 200'000}) {
    RawServer server([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Send(RawAnswer(200, "{}"));
      connection.ReadBytes(1 + read);
    });
    EXPECT_EQ(Run(CallTo(server.Url())).end, HttpEnd::kAnswered);
    const HttpAnswer answer = Run(CallTo(server.Url(), std::string(8 << 20, ' ')));
    EXPECT_EQ(answer.end, HttpEnd::kBroke) << read;
    EXPECT_TRUE(answer.written) << read;
    EXPECT_FALSE(answer.began) << read;
    const v1::AttemptResult result =
        ClassifyAnswer(answer, "/v1/chat/completions", Secret(), clock_.WallNow());
    EXPECT_EQ(result.outcome(), v1::OUTCOME_CONNECTION_FAILED);
    EXPECT_EQ(result.billed(), v1::BILLED_MAYBE);
    Sync();
    EXPECT_EQ(server.connections(), 1) << "none is made in order to send it again";
  }
}

// libcurl marks a handle whose request it was about to send again, and keeps the mark when the
// handle is reset.
TEST_F(HttpDeadConnectionTest, AnUpstreamThatDiesWithARequestUnderWayDoesNotSpoilTheNextCall) {
  auto dying = std::make_unique<RawServer>([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(RawAnswer(200, "{}"));
    connection.ReadRequest();
    connection.WaitForClose();
  });
  EXPECT_EQ(Run(CallTo(dying->Url())).end, HttpEnd::kAnswered);
  Ending broken;
  Begin(CallTo(dying->Url()), broken);
  dying->WaitForRequests(2);
  dying.reset();
  EXPECT_EQ(broken.Wait().end, HttpEnd::kBroke);
  RawServer other(AnswerEach(RawAnswer(200, "{}")));
  const HttpAnswer answer = Run(CallTo(other.Url()));
  EXPECT_EQ(answer.end, HttpEnd::kAnswered) << answer.detail;
}

TEST_F(HttpDeadConnectionTest, AKeptAliveConnectionThatWasClosedWhileIdleDoesNoHarm) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(RawAnswer(200, "{}"));
  });
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(Run(CallTo(server.Url())).end, HttpEnd::kAnswered);
    server.WaitForClosed(i);
  }
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(HttpDeadConnectionTest, WhatABrokenAnswerSaidOfItsUsageIsKept) {
  const std::string usage = R"("usage":{"prompt_tokens":9,"completion_tokens":4})";
  const std::string whole = R"({"choices":[{"finish_reason":"stop"}],)" + usage + "}";
  const std::string events =
      absl::StrCat(R"(data: {"choices":[{"delta":{"content":"a"}}]})", "\n\n",
                   R"(data: {"choices":[{"delta":{},"finish_reason":"stop"}]})", "\n\n",
                   R"(data: {"choices":[],)", usage, "}\n\n");
  for (const bool streamed : {false, true}) {
    RawServer server([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Send(absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nContent-Type: ",
                                   streamed ? "text/event-stream" : "application/json", "\r\n\r\n",
                                   streamed ? events : whole));
    });
    const v1::AttemptResult result = ClassifyAnswer(
        Run(CallTo(server.Url())), "/v1/chat/completions", Secret(), clock_.WallNow());
    EXPECT_EQ(result.outcome(), v1::OUTCOME_TRUNCATED);
    EXPECT_EQ(result.billed(), v1::BILLED_MAYBE);
    EXPECT_EQ(result.usage().prompt_tokens(), 9) << result.DebugString();
    EXPECT_EQ(result.usage().completion_tokens(), 4);
    EXPECT_EQ(result.response().finish_reason(), "") << "of a whole answer only";
    EXPECT_EQ(result.response().body(), "");
  }
}

}  // namespace
}  // namespace lull
