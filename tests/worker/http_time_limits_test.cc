// The time limits of a call, as the HTTP client keeps them.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/worker/gate.h"
#include "tests/worker/http_client_fixture.h"
#include "tests/worker/raw_server.h"

namespace lull {
namespace {

using HttpTimeLimitsTest = HttpClientTest;

TEST_F(HttpTimeLimitsTest, AServerThatNeverAnswersIsGivenUp) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.WaitForClose();
  });
  HttpCall call = CallTo(server.Url());
  call.time_limits.first_content = absl::Seconds(10);
  Ending ending;
  Begin(std::move(call), ending);
  server.WaitForRequests(1);
  clock_.Advance(absl::Seconds(9));
  Sync();
  EXPECT_FALSE(ending.ended());
  clock_.Advance(absl::Seconds(1));
  const HttpAnswer answer = ending.Wait();
  EXPECT_EQ(answer.end, HttpEnd::kFirstContentTimeout);
  EXPECT_TRUE(answer.written);
  EXPECT_FALSE(answer.began);
}

TEST_F(HttpTimeLimitsTest, KeepAliveBytesDoNotExtendTheFirstContentLimit) {
  Gate go, sent;
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\n\r\n");
    for (int i = 0; i < 3; ++i) {
      go.Pass();
      connection.Send(i == 1 ? "e\r\n: keep-alive\n\n\r\n" : "1\r\n\n\r\n");
      sent.Open();
    }
    connection.WaitForClose();
  });
  HttpCall call = CallTo(server.Url());
  call.time_limits.first_content = absl::Seconds(10);
  call.time_limits.between_content = absl::Seconds(4);
  Ending ending;
  Begin(std::move(call), ending);
  server.WaitForRequests(1);
  Sync();
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(3));
    go.Open();
    sent.Pass();
    Sync();
    EXPECT_FALSE(ending.ended());
  }
  clock_.Advance(absl::Seconds(1));
  const HttpAnswer answer = ending.Wait();
  EXPECT_EQ(answer.end, HttpEnd::kFirstContentTimeout);
  EXPECT_TRUE(answer.began);
  EXPECT_FALSE(answer.time_to_first_content.has_value());
  EXPECT_EQ(answer.body, "");
}

TEST_F(HttpTimeLimitsTest, KeepAliveBytesBeforeTheContentAreNoPartOfTheBody) {
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 50; ++i) connection.Send("1\r\n\n\r\n");
    connection.Send("7\r\n{\"a\":1}\r\n0\r\n\r\n");
    connection.WaitForClose();
  });
  const HttpAnswer answer = Run(CallTo(server.Url()));
  EXPECT_EQ(answer.end, HttpEnd::kAnswered);
  EXPECT_EQ(answer.body, "{\"a\":1}");
}

// Sends the head and "{" of an answer, then one piece each time the test says so.
class PieceServer {
 public:
  explicit PieceServer(std::vector<std::string> pieces)
      : server_([this, pieces](RawConnection& connection) {
          connection.ReadRequest();
          connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
          sent_.Open();
          for (const std::string& piece : pieces) {
            go_.Pass();
            connection.Send(piece);
            sent_.Open();
          }
          connection.WaitForClose();
        }) {}
  std::string Url() const { return server_.Url(); }
  void WaitForHead() { sent_.Pass(); }
  void SendPiece() {
    go_.Open();
    sent_.Pass();
  }

 private:
  Gate go_, sent_;
  RawServer server_;
};

TEST_F(HttpTimeLimitsTest, ContentRestartsTheLimitBetweenContentsAndWhiteSpaceDoesNot) {
  PieceServer server({"\"a\"", "   "});
  HttpCall call = CallTo(server.Url());
  call.time_limits.between_content = absl::Seconds(10);
  Ending ending;
  Begin(std::move(call), ending);
  server.WaitForHead();
  Sync();
  for (int i = 0; i < 2; ++i) {
    clock_.Advance(absl::Seconds(9));
    server.SendPiece();
    Sync();
    EXPECT_FALSE(ending.ended());
  }
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ending.Wait().end, HttpEnd::kBetweenContentTimeout);
}

TEST_F(HttpTimeLimitsTest, SteadyContentDoesNotExtendTheTotalLimit) {
  PieceServer server({"1", "2", "3"});
  HttpCall call = CallTo(server.Url());
  call.time_limits.between_content = absl::Seconds(5);
  call.time_limits.total = absl::Seconds(13);
  Ending ending;
  Begin(std::move(call), ending);
  server.WaitForHead();
  Sync();
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(4));
    server.SendPiece();
    Sync();
    EXPECT_FALSE(ending.ended());
  }
  clock_.Advance(absl::Seconds(1));
  const HttpAnswer answer = ending.Wait();
  EXPECT_EQ(answer.end, HttpEnd::kTotalTimeout);
  EXPECT_EQ(answer.body, "{123");
}

// Sends the head of a stream, then one piece each time the test says so.
class StreamServer {
 public:
  explicit StreamServer(std::vector<std::string> pieces)
      : server_([this, pieces](RawConnection& connection) {
          connection.ReadRequest();
          connection.Send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
          sent_.Open();
          for (const std::string& piece : pieces) {
            go_.Pass();
            connection.Send(piece);
            sent_.Open();
          }
          connection.WaitForClose();
        }) {}
  std::string Url() const { return server_.Url(); }
  void WaitForHead() { sent_.Pass(); }
  void SendPiece() {
    go_.Open();
    sent_.Pass();
  }

 private:
  Gate go_, sent_;
  RawServer server_;
};

constexpr char kEvent[] = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";

class StreamTimeLimitsTest : public HttpClientTest {
 protected:
  // Three pieces, four seconds apart.
  void SendThree(StreamServer& server, HttpCall call, Ending& ending) {
    Begin(std::move(call), ending);
    server.WaitForHead();
    Sync();
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(4));
      server.SendPiece();
      Sync();
      EXPECT_FALSE(ending.ended()) << i;
    }
  }
};

TEST_F(StreamTimeLimitsTest, CommentsAndUnfinishedEventsAreNoFirstContent) {
  StreamServer server({": keep-alive\n\n", "data: {\"choices\"", ":"});
  HttpCall call = CallTo(server.Url());
  call.time_limits.first_content = absl::Seconds(13);
  call.time_limits.between_content = absl::Seconds(1);
  Ending ending;
  SendThree(server, std::move(call), ending);
  clock_.Advance(absl::Seconds(1));
  const HttpAnswer answer = ending.Wait();
  EXPECT_EQ(answer.end, HttpEnd::kFirstContentTimeout);
  EXPECT_TRUE(answer.streamed);
  EXPECT_FALSE(answer.time_to_first_content.has_value());
}

TEST_F(StreamTimeLimitsTest, EventsRestartTheLimitBetweenContentsAndCommentsDoNot) {
  StreamServer server({kEvent, kEvent, ": keep-alive\n\n"});
  HttpCall call = CallTo(server.Url());
  call.time_limits.between_content = absl::Seconds(6);
  Ending ending;
  SendThree(server, std::move(call), ending);
  clock_.Advance(absl::Seconds(2));
  const HttpAnswer answer = ending.Wait();
  EXPECT_EQ(answer.end, HttpEnd::kBetweenContentTimeout);
  EXPECT_EQ(answer.time_to_first_content, absl::Seconds(4));
}

TEST_F(StreamTimeLimitsTest, SteadyEventsDoNotExtendTheTotalLimit) {
  StreamServer server({kEvent, kEvent, kEvent});
  HttpCall call = CallTo(server.Url());
  call.time_limits.between_content = absl::Seconds(5);
  call.time_limits.total = absl::Seconds(13);
  Ending ending;
  SendThree(server, std::move(call), ending);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ending.Wait().end, HttpEnd::kTotalTimeout);
}

constexpr char kFinish[] = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
constexpr char kDone[] = "data: [DONE]\n\n";

TEST_F(StreamTimeLimitsTest, AStreamThatIsDoneEndsItsCallThoughTheConnectionStaysOpen) {
  for (const absl::Duration between : {absl::Seconds(6), absl::InfiniteDuration()}) {
    StreamServer server({kEvent, kFinish, kDone});
    HttpCall call = CallTo(server.Url());
    call.time_limits.between_content = between;
    Ending ending;
    SendThree(server, std::move(call), ending);
    clock_.Advance(absl::Milliseconds(500));
    const HttpAnswer answer = ending.Wait();
    EXPECT_EQ(answer.end, HttpEnd::kAnswered);
    EXPECT_EQ(answer.body,
              R"({"object":"chat.completion","choices":[{"index":0,"message":{"content":"a"},)"
              R"("finish_reason":"stop"}]})");
  }
}

TEST_F(StreamTimeLimitsTest, TheEndOfAStreamThatComesSoonLeavesTheConnectionForTheNextCall) {
  Gate done, go;
  RawServer server([&](RawConnection& connection) {
    while (connection.ReadRequest()) {
      const std::string events = absl::StrCat(kEvent, kFinish, kDone);
      connection.Send(
          absl::StrCat("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: "
                       "chunked\r\n\r\n",
                       absl::Hex(events.size()), "\r\n", events, "\r\n"));
      done.Open();
      go.Pass();
      connection.Send("0\r\n\r\n");
    }
  });
  for (int i = 0; i < 3; ++i) {
    Ending ending;
    Begin(CallTo(server.Url()), ending);
    done.Pass();
    Sync();
    clock_.Advance(absl::Milliseconds(400));
    Sync();
    EXPECT_FALSE(ending.ended());
    go.Open();
    EXPECT_EQ(ending.Wait().end, HttpEnd::kAnswered);
  }
  EXPECT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTimeLimitsTest, ATlsHandshakeThatHangsIsPartOfConnecting) {
  RawServer server([](RawConnection& connection) { connection.WaitForClose(); });
  HttpCall call = CallTo(absl::StrCat("https://127.0.0.1:", server.port(), "/"));
  call.time_limits.connect = absl::Seconds(10);
  Ending ending;
  Begin(std::move(call), ending);
  Sync();
  EXPECT_FALSE(ending.ended());
  clock_.Advance(absl::Seconds(10));
  const HttpAnswer answer = ending.Wait();
  EXPECT_EQ(answer.end, HttpEnd::kConnectTimeout);
  EXPECT_FALSE(answer.written);
}

}  // namespace
}  // namespace lull
