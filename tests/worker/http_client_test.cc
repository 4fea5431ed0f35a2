#include "worker/http_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/worker/gate.h"
#include "tests/worker/http_client_fixture.h"
#include "tests/worker/raw_server.h"

namespace lull {
namespace {

TEST_F(HttpClientTest, SendsTheRequestAndReturnsTheAnswer) {
  RawServer server(AnswerEach(RawAnswer(201, R"({"a":1})", "X-Request-Id: r-1\r\nX-Empty:\r\n")));
  HttpCall call = CallTo(server.Url("/v1/x"), "{\"model\":\"m\"}");
  call.bearer = Secret("k-1");
  call.headers.Add("X-Extra", "one\r\nInjected: two");
  call.headers.Add("authorization", "mine");
  call.headers.Add("X-None", "");
  const HttpAnswer answer = Run(std::move(call));
  EXPECT_EQ(answer.end, HttpEnd::kAnswered);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, R"({"a":1})");
  EXPECT_TRUE(answer.written);
  EXPECT_TRUE(answer.began);
  EXPECT_TRUE(answer.framed);
  ASSERT_NE(answer.headers.Find("x-request-id"), nullptr);
  EXPECT_EQ(*answer.headers.Find("x-request-id"), "r-1");
  EXPECT_TRUE(answer.time_to_first_content.has_value());
  EXPECT_TRUE(answer.start_delay.has_value());

  ASSERT_EQ(server.requests().size(), 1u);
  const std::string request = server.requests()[0];
  EXPECT_TRUE(absl::StartsWith(request, "POST /v1/x HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(absl::EndsWith(request, "\r\n\r\n{\"model\":\"m\"}")) << request;
  EXPECT_TRUE(absl::StrContains(request, "\r\nAuthorization: Bearer k-1\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "\r\nContent-Type: application/json\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "\r\nUser-Agent: lull-worker/test\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "\r\nX-Extra: one  Injected: two\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "\r\nX-None:\r\n")) << request;
  EXPECT_FALSE(absl::StrContains(request, "mine")) << request;
  EXPECT_FALSE(absl::StrContains(request, "Accept-Encoding")) << request;
  EXPECT_FALSE(absl::StrContains(request, "Expect")) << request;
}

TEST_F(HttpClientTest, ALargeBodyArrivesWhole) {
  RawServer server(AnswerEach(RawAnswer(200, "{}")));
  std::string body = "{\"model\":\"m\",\"x\":\"";
  for (int i = 0; body.size() < (4 << 20); ++i) absl::StrAppend(&body, i, " ");
  body += "\"}";
  EXPECT_EQ(Run(CallTo(server.Url(), body)).end, HttpEnd::kAnswered);
  EXPECT_TRUE(absl::EndsWith(server.requests()[0], body));
}

TEST_F(HttpClientTest, ManyCallsAreInFlightAtTheSameTime) {
  constexpr int kCalls = 64;
  Gate gate;
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    gate.Pass();
    connection.Send(RawAnswer(200, "{}"));
  });
  std::vector<Ending> endings(kCalls);
  for (Ending& ending : endings) Begin(CallTo(server.Url()), ending);
  server.WaitForRequests(kCalls);
  for (int i = 0; i < kCalls; ++i) gate.Open();
  for (Ending& ending : endings) EXPECT_EQ(ending.Wait().end, HttpEnd::kAnswered);
}

TEST_F(HttpClientTest, RefusesCallsBeyondItsBound) {
  HttpClientOptions options;
  options.calls_max = 2;
  StartClient(options);
  RawServer server([](RawConnection& connection) { connection.WaitForClose(); });
  Ending first, second, third;
  const uint64_t id = Begin(CallTo(server.Url()), first);
  Begin(CallTo(server.Url()), second);
  EXPECT_EQ(client_->Call(99, CallTo(server.Url()), third.Taker()).code(),
            absl::StatusCode::kResourceExhausted);
  client_->Abort(id);
  first.Wait();
  Begin(CallTo(server.Url()), third);
  client_.reset();
  EXPECT_EQ(third.Wait().end, HttpEnd::kAborted);
}

TEST_F(HttpClientTest, AnEmptyBodyIsRefused) {
  Ending ending;
  EXPECT_EQ(client_->Call(1, CallTo("http://127.0.0.1:1/", ""), ending.Taker()).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(HttpClientTest, RedirectsAreNotFollowed) {
  RawServer other(AnswerEach(RawAnswer(200, "{}")));
  RawServer server(AnswerEach(RawAnswer(307, "", absl::StrCat("Location: ", other.Url(), "\r\n"))));
  const HttpAnswer answer = Run(CallTo(server.Url()));
  EXPECT_EQ(answer.end, HttpEnd::kAnswered);
  EXPECT_EQ(answer.status, 307);
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(HttpClientTest, PlainHttpIsSpokenOnlyWhereAllowed) {
  RawServer server(AnswerEach(RawAnswer(200, "{}")));
  HttpCall call = CallTo(server.Url());
  call.plain_http_allowed = false;
  const HttpAnswer answer = Run(std::move(call));
  EXPECT_EQ(answer.end, HttpEnd::kNotConnected);
  EXPECT_FALSE(answer.written);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTest, ARefusedConnectionWritesNothing) {
  int port;
  {
    RawServer gone([](RawConnection&) {});
    port = gone.port();
  }
  const HttpAnswer answer = Run(CallTo(absl::StrCat("http://127.0.0.1:", port, "/")));
  EXPECT_EQ(answer.end, HttpEnd::kNotConnected);
  EXPECT_FALSE(answer.written);
  EXPECT_FALSE(answer.start_delay.has_value());
}

TEST_F(HttpClientTest, BodiesAndHeadsAreBounded) {
  HttpCall call;
  {
    RawServer server(AnswerEach(RawAnswer(200, std::string(1000, '1'))));
    call = CallTo(server.Url());
    call.response_bytes_max = 1000;
    EXPECT_EQ(Run(call).end, HttpEnd::kAnswered);
    call.response_bytes_max = 999;
    const HttpAnswer answer = Run(call);
    EXPECT_EQ(answer.end, HttpEnd::kBodyTooLarge);
    EXPECT_TRUE(answer.began);
  }
  RawServer server(
      AnswerEach(RawAnswer(200, "{}", absl::StrCat("X-Long: ", std::string(70'000, 'x'), "\r\n"))));
  EXPECT_EQ(Run(CallTo(server.Url())).end, HttpEnd::kHeadTooLarge);
}

TEST_F(HttpClientTest, AnEndlessBodyIsCutOff) {
  for (const bool keep_alive : {false, true}) {
    RawServer server([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const std::string piece(65536, keep_alive ? '\n' : '1');
      for (int i = 0; i < 1000; ++i) connection.Send(absl::StrCat("10000\r\n", piece, "\r\n"));
    });
    HttpCall call = CallTo(server.Url());
    call.response_bytes_max = 100'000;
    const HttpAnswer answer = Run(call);
    EXPECT_EQ(answer.end, HttpEnd::kBodyTooLarge);
    EXPECT_LE(answer.body.size(), 100'000u);
  }
}

TEST_F(HttpClientTest, AnAnswerThatEndsEarlyIsBroken) {
  for (const char* cut :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n"}) {
    RawServer server([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Send(cut);
    });
    const HttpAnswer answer = Run(CallTo(server.Url()));
    EXPECT_EQ(answer.end, HttpEnd::kBroke) << cut;
    EXPECT_TRUE(answer.began) << cut;
    EXPECT_EQ(answer.status, 200) << cut;
  }
}

TEST_F(HttpClientTest, ABodyThatEndsWithTheConnectionIsSaidToBeUnframed) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}");
  });
  const HttpAnswer answer = Run(CallTo(server.Url()));
  EXPECT_EQ(answer.end, HttpEnd::kAnswered);
  EXPECT_FALSE(answer.framed);
  EXPECT_EQ(answer.body, "{\"a\":1}");
}

TEST_F(HttpClientTest, OfSeveralHeadsTheLastCounts) {
  RawServer server(AnswerEach(absl::StrCat("HTTP/1.1 103 Early Hints\r\nX-Hint: 1\r\n\r\n",
                                           RawAnswer(429, "{}", "X-Last: 1\r\n"))));
  const HttpAnswer answer = Run(CallTo(server.Url()));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.Find("x-hint"), nullptr);
  EXPECT_NE(answer.headers.Find("x-last"), nullptr);
}

TEST_F(HttpClientTest, AnAbortedCallClosesItsConnection) {
  Gate closed;
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.WaitForClose();
    closed.Open();
  });
  Ending ending;
  const uint64_t id = Begin(CallTo(server.Url()), ending);
  server.WaitForRequests(1);
  client_->Abort(id);
  client_->Abort(id);
  client_->Abort(12345);
  const HttpAnswer answer = ending.Wait();
  EXPECT_EQ(answer.end, HttpEnd::kAborted);
  EXPECT_TRUE(answer.written);
  closed.Pass();
}

TEST_F(HttpClientTest, EndingTheClientEndsItsCalls) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.WaitForClose();
  });
  Ending ending;
  Begin(CallTo(server.Url()), ending);
  server.WaitForRequests(1);
  client_.reset();
  ASSERT_TRUE(ending.ended());
  EXPECT_EQ(ending.Wait().end, HttpEnd::kAborted);
}

class HttpClientTlsTest : public HttpClientTest {
 protected:
  void Trust(const TestCertificate& certificate) {
    HttpClientOptions options;
    options.ca_file = testing::TempDir() + "/ca.pem";
    std::ofstream(options.ca_file) << certificate.certificate_pem;
    StartClient(options);
  }
};

TEST_F(HttpClientTlsTest, APrivateAuthorityIsTrustedWhenConfigured) {
  const TestCertificate certificate = MakeTestCertificate("IP:127.0.0.1");
  RawServer server(AnswerEach(RawAnswer(200, "{}")), &certificate);
  Trust(certificate);
  HttpCall call = CallTo(server.Url());
  call.plain_http_allowed = false;
  for (int i = 0; i < 2; ++i) {
    const HttpAnswer answer = Run(call);
    EXPECT_EQ(answer.end, HttpEnd::kAnswered) << answer.detail;
  }
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(HttpClientTest, ConnectionsOfAnOriginThatIsNotUsedAreClosed) {
  RawServer server(AnswerEach(RawAnswer(200, "{}")));
  EXPECT_EQ(Run(CallTo(server.Url())).end, HttpEnd::kAnswered);
  clock_.Advance(absl::Seconds(16));
  Sync();
  server.WaitForClosed(1);
  EXPECT_EQ(Run(CallTo(server.Url())).end, HttpEnd::kAnswered);
}

// Of the connections of this process to `port` on this machine, the only one.
int SocketTo(int port) {
  for (int socket = 0; socket < 1024; ++socket) {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        address.sin_family == AF_INET && ntohs(address.sin_port) == port) {
      return socket;
    }
  }
  return -1;
}

int TcpOption(int socket, int option) {
  int value = -1;
  socklen_t size = sizeof(value);
  EXPECT_EQ(getsockopt(socket, IPPROTO_TCP, option, &value, &size), 0);
  return value;
}

TEST_F(HttpClientTest, TheSystemIsAskedToNoticeAPathThatIsGone) {
  Gate answer;
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    answer.Pass();
    connection.Send(RawAnswer(200, "{}"));
  });
  Ending ending;
  Begin(CallTo(server.Url()), ending);
  server.WaitForRequests(1);
  const int socket = SocketTo(server.port());
  ASSERT_GE(socket, 0);
  EXPECT_EQ(TcpOption(socket, TCP_USER_TIMEOUT), 60'000);
  EXPECT_EQ(TcpOption(socket, TCP_KEEPIDLE), 20);
  EXPECT_EQ(TcpOption(socket, TCP_KEEPINTVL), 10);
  answer.Open();
  EXPECT_EQ(ending.Wait().end, HttpEnd::kAnswered);
}

// Calls wait while the first connection of their origin is made, since over HTTP/2 it may carry
// them all.
TEST_F(HttpClientTlsTest, AnOriginThatDoesNotAnswerHoldsUpNoOther) {
  const TestCertificate certificate = MakeTestCertificate("IP:127.0.0.1");
  Trust(certificate);
  RawServer dead([](RawConnection& connection) { connection.WaitForClose(); });
  const std::string dead_url = absl::StrCat("https://127.0.0.1:", dead.port(), "/");
  Gate all_are_there;
  RawServer good(
      [&](RawConnection& connection) {
        connection.ReadRequest();
        all_are_there.Pass();
        connection.Send(RawAnswer(200, "{}"));
      },
      &certificate);
  constexpr int kCalls = 3;
  Ending held_up[kCalls], answered[kCalls];
  uint64_t ids[kCalls];
  for (int i = 0; i < kCalls; ++i) ids[i] = Begin(CallTo(dead_url), held_up[i]);
  Sync();
  for (Ending& ending : answered) Begin(CallTo(good.Url()), ending);
  good.WaitForRequests(kCalls);
  for (int i = 0; i < kCalls; ++i) all_are_there.Open();
  for (Ending& ending : answered) EXPECT_EQ(ending.Wait().end, HttpEnd::kAnswered);
  for (const uint64_t id : ids) client_->Abort(id);
  for (Ending& ending : held_up) EXPECT_EQ(ending.Wait().end, HttpEnd::kAborted);
}

TEST_F(HttpClientTlsTest, AnUnknownAuthorityGetsNothing) {
  const TestCertificate certificate = MakeTestCertificate("IP:127.0.0.1");
  RawServer server(AnswerEach(RawAnswer(200, "{}")), &certificate);
  const HttpAnswer answer = Run(CallTo(server.Url()));
  EXPECT_EQ(answer.end, HttpEnd::kNotConnected);
  EXPECT_FALSE(answer.written);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTlsTest, ACertificateForAnotherHostGetsNothing) {
  const TestCertificate certificate = MakeTestCertificate("DNS:other.example");
  RawServer server(AnswerEach(RawAnswer(200, "{}")), &certificate);
  Trust(certificate);
  const HttpAnswer answer = Run(CallTo(server.Url()));
  EXPECT_EQ(answer.end, HttpEnd::kNotConnected);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTlsTest, AMissingFileOfAuthoritiesIsAnError) {
  HttpClientOptions options;
  options.ca_file = "/nonexistent/ca.pem";
  EXPECT_EQ(HttpClient::Start(options, clock_).status().code(), absl::StatusCode::kInvalidArgument);
}

// So many that the client gathers what happens before it looks at its sockets.
TEST_F(HttpClientTest, ManyCallsAtOnceAreAllAnswered) {
  constexpr int kCalls = 300;
  RawServer server(AnswerEach(RawAnswer(200, "{}")));
  HttpClientOptions options;
  options.calls_max = kCalls;
  StartClient(options);
  std::vector<Ending> endings(kCalls);
  for (Ending& ending : endings) Begin(CallTo(server.Url()), ending);
  for (Ending& ending : endings) EXPECT_EQ(ending.Wait().end, HttpEnd::kAnswered);
  EXPECT_EQ(server.requests().size(), static_cast<size_t>(kCalls));
}

TEST_F(HttpClientTest, ManyCallsAreAbortedWhenItEnds) {
  constexpr int kCalls = 300;
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.WaitForClose();
  });
  HttpClientOptions options;
  options.calls_max = kCalls;
  StartClient(options);
  std::vector<Ending> endings(kCalls);
  for (Ending& ending : endings) Begin(CallTo(server.Url()), ending);
  server.WaitForRequests(kCalls);
  client_.reset();
  for (Ending& ending : endings) EXPECT_EQ(ending.Wait().end, HttpEnd::kAborted);
}

}  // namespace
}  // namespace lull
