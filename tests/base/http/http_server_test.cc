#include "base/http/http_server.h"

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/base/http/socket_client.h"

namespace lull {
namespace {

constexpr absl::Duration kLong = absl::Seconds(10);

std::unique_ptr<HttpServer> StartServer(HttpHandler handler, HttpServerOptions options = {}) {
  auto server = HttpServer::Start(options, std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? std::move(*server) : nullptr;
}

void Echo(HttpRequest request, HttpResponder responder) {
  responder.Reply(TextResponse(
      200, absl::StrCat(request.method, " ", request.path, "|", request.query, "|", request.body)));
}

// A promise that a callback may keep from any thread, and a wait with an end.
class Signal {
 public:
  void Set() { promise_.set_value(); }
  bool Wait() {
    return future_.wait_for(absl::ToChronoSeconds(kLong)) == std::future_status::ready;
  }

 private:
  std::promise<void> promise_;
  std::future<void> future_ = promise_.get_future();
};

TEST(HttpServerTest, AnswersWithMethodPathQueryAndBody) {
  auto server = StartServer(Echo);
  SocketClient client(server->port());
  const auto answer = client.Call("POST", "/a/b?x=1", "hello");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "POST /a/b|x=1|hello");
  EXPECT_NE(answer.headers.Find("Date"), nullptr);
}

TEST(HttpServerTest, NumbersConnectionsAndTheirRequests) {
  auto server = StartServer([](HttpRequest request, HttpResponder responder) {
    responder.Reply(
        TextResponse(200, absl::StrCat(request.connection, ".", request.nth_on_connection)));
  });
  SocketClient first(server->port());
  EXPECT_EQ(first.Call("GET", "/").body, "1.1");
  EXPECT_EQ(first.Call("GET", "/").body, "1.2");
  SocketClient second(server->port());
  EXPECT_EQ(second.Call("GET", "/").body, "2.1");
  EXPECT_EQ(server->counts().requests, 3);
  EXPECT_EQ(server->counts().connections, 2);
}

TEST(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  auto server = StartServer(Echo);
  SocketClient client(server->port());
  std::string requests;
  for (int i = 0; i < 2000; ++i) {
    absl::StrAppend(&requests, "GET /", i, " HTTP/1.1\r\nHost: t\r\n\r\n");
  }
  std::thread sender([&] { client.Send(requests); });
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(client.ReadAnswer().body, absl::StrCat("GET /", i, "||"));
  }
  sender.join();
}

TEST(HttpServerTest, HeadGetsTheHeadOnly) {
  auto server = StartServer(Echo);
  SocketClient client(server->port());
  const auto answer = client.Call("HEAD", "/x");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(*answer.headers.Find("content-length"), "9");
  EXPECT_EQ(client.Call("GET", "/y").body, "GET /y||") << "no body bytes may be left over";
}

TEST(HttpServerTest, ChunkedRequestBodyIsJoined) {
  auto server = StartServer(Echo);
  SocketClient client(server->port());
  client.Send("POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.Send("2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().body, "POST /c||abcde");
}

TEST(HttpServerTest, SendsContinueToAClientThatWaitsForIt) {
  auto server = StartServer(Echo);
  SocketClient client(server->port());
  client.Send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 100);
  client.Send("hi");
  EXPECT_EQ(client.ReadAnswer().body, "POST /||hi");
}

TEST(HttpServerTest, ClosesAfterConnectionCloseAndForHttp10) {
  auto server = StartServer(Echo);
  SocketClient closing(server->port());
  EXPECT_EQ(closing.Call("GET", "/", "", {{"Connection", "close"}}).status, 200);
  EXPECT_EQ(closing.ReadToEnd(), "");
  EXPECT_EQ(closing.end(), SocketClient::End::kClosed);
  SocketClient old(server->port());
  old.Send("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(absl::EndsWith(old.ReadToEnd(), "GET /old||"));
  EXPECT_EQ(old.end(), SocketClient::End::kClosed);
}

TEST(HttpServerTest, AnswersLaterByTimerWithThousandsWaiting) {
  auto server = StartServer([](HttpRequest, HttpResponder responder) {
    for (int i = 0; i < 20000; ++i) responder.RunAfter(absl::Hours(1), [] {});
    responder.RunAfter(absl::Milliseconds(20),
                       [responder]() mutable { responder.Reply(TextResponse(200, "late")); });
  });
  SocketClient client(server->port());
  EXPECT_EQ(client.Call("GET", "/").body, "late");
}

TEST(HttpServerTest, TimersRunInOrderOfTimeThenOfSetting) {
  auto server = StartServer(Echo);
  std::string order;
  Signal done;
  server->RunAfter(absl::Milliseconds(40), [&] { order += "d", done.Set(); });
  server->RunAfter(absl::Milliseconds(20), [&] { order += "b"; });
  server->RunAfter(absl::ZeroDuration(), [&] { order += "a"; });
  server->RunAfter(absl::Milliseconds(20), [&] { order += "c"; });
  ASSERT_TRUE(done.Wait());
  EXPECT_EQ(order, "abcd");
}

TEST(HttpServerTest, AnswersFromAnotherThread) {
  std::vector<std::thread> threads;
  auto server = StartServer([&](HttpRequest, HttpResponder responder) {
    threads.emplace_back([responder]() mutable { responder.Reply(TextResponse(200, "thread")); });
  });
  SocketClient client(server->port());
  EXPECT_EQ(client.Call("GET", "/").body, "thread");
  for (auto& thread : threads) thread.join();
}

TEST(HttpServerTest, StreamsChunksAsTheyAreWritten) {
  std::optional<HttpResponder> held;
  Signal arrived;
  auto server = StartServer([&](HttpRequest, HttpResponder responder) {
    held = responder;
    arrived.Set();
  });
  SocketClient client(server->port());
  client.SendRequest("GET", "/");
  ASSERT_TRUE(arrived.Wait());
  held->Start(200, {{"Content-Type", "text/event-stream"}});
  EXPECT_EQ(held->Write("data: 1\n\n"), HttpWrite::kTaken);
  std::string read;
  ASSERT_TRUE(client.ReadUntil("data: 1\n\n", &read)) << read;
  EXPECT_EQ(held->Write("data: 2\n\n"), HttpWrite::kTaken);
  held->End();
  EXPECT_EQ(held->Write("late"), HttpWrite::kGone);
  ASSERT_TRUE(client.ReadUntil("0\r\n\r\n", &read)) << read;
  EXPECT_TRUE(absl::StrContains(read, "9\r\ndata: 2\n\n\r\n")) << read;
  held.reset();
}

TEST(HttpServerTest, Http10StreamIsNotChunkedAndEndsWithTheConnection) {
  auto server = StartServer([](HttpRequest, HttpResponder responder) {
    responder.Start(200, {});
    responder.Write("one ");
    responder.Write("two");
    responder.End();
  });
  SocketClient client(server->port());
  client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(absl::EndsWith(client.ReadToEnd(), "\r\n\r\none two"));
}

TEST(HttpServerTest, WriteBufferIsBoundedAndTellsWhenItHasRoom) {
  HttpServerOptions options;
  options.write_buffer_bytes_max = 256 << 10;
  constexpr size_t kPiece = 64 << 10;
  constexpr size_t kPieces = 400;
  std::atomic<size_t> written{0};
  std::atomic<size_t> full{0};
  std::function<void(HttpResponder)> write_on = [&](HttpResponder responder) {
    while (written < kPieces) {
      const HttpWrite result = responder.Write(std::string(kPiece, 'x'));
      if (result == HttpWrite::kFull) {
        ++full;
        responder.OnWritable([&, responder] { write_on(responder); });
        return;
      }
      ASSERT_EQ(result, HttpWrite::kTaken);
      ++written;
    }
    responder.End();
  };
  auto server = StartServer(
      [&](HttpRequest, HttpResponder responder) {
        responder.Start(200, {});
        write_on(responder);
      },
      options);
  SocketClient client(server->port());
  const auto answer = client.Call("GET", "/");
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.body.size(), kPiece * kPieces);
  EXPECT_GT(full, 0u) << "25 MB must not fit into a buffer of 256 KiB";
}

TEST(HttpServerTest, TellsWhenTheClientDisconnects) {
  Signal arrived;
  Signal gone;
  std::optional<HttpResponder> held;
  auto server = StartServer([&](HttpRequest, HttpResponder responder) {
    held = responder;
    responder.OnDisconnect([&] { gone.Set(); });
    arrived.Set();
  });
  SocketClient client(server->port());
  client.SendRequest("GET", "/");
  ASSERT_TRUE(arrived.Wait());
  EXPECT_FALSE(held->gone());
  client.Close();
  ASSERT_TRUE(gone.Wait());
  EXPECT_TRUE(held->gone());
  held.reset();
}

TEST(HttpServerTest, ClientThatOnlyStopsSendingStillGetsItsAnswer) {
  Signal gone;
  auto server = StartServer([&](HttpRequest, HttpResponder responder) {
    responder.OnDisconnect([&gone, responder]() mutable {
      gone.Set();
      responder.Reply(TextResponse(200, "still here"));
    });
  });
  SocketClient client(server->port());
  client.SendRequest("GET", "/");
  client.ShutdownSending();
  ASSERT_TRUE(gone.Wait());
  EXPECT_EQ(client.ReadAnswer().body, "still here");
}

TEST(HttpServerTest, DroppedResponderBecomesA500) {
  auto server = StartServer([](HttpRequest, HttpResponder) {});
  SocketClient client(server->port());
  EXPECT_EQ(client.Call("GET", "/").status, 500);
  EXPECT_EQ(client.Call("GET", "/").status, 500) << "the connection lives on";
}

TEST(HttpServerTest, ResponderDroppedInMidStreamBreaksTheConnection) {
  auto server = StartServer([](HttpRequest, HttpResponder responder) {
    responder.Start(200, {});
    responder.Write("half");
  });
  SocketClient client(server->port());
  EXPECT_FALSE(client.Call("GET", "/").complete);
}

TEST(HttpServerTest, AbortResetsAndCloseCloses) {
  auto server = StartServer([](HttpRequest request, HttpResponder responder) {
    if (request.path == "/abort") {
      responder.Abort();
    } else {
      responder.Close();
    }
  });
  SocketClient aborted(server->port());
  aborted.SendRequest("GET", "/abort");
  EXPECT_EQ(aborted.ReadToEnd(), "");
  EXPECT_EQ(aborted.end(), SocketClient::End::kReset);
  SocketClient closed(server->port());
  closed.SendRequest("GET", "/close");
  EXPECT_EQ(closed.ReadToEnd(), "");
  EXPECT_EQ(closed.end(), SocketClient::End::kClosed);
}

TEST(HttpServerTest, CloseInMidBodySendsWhatWasWritten) {
  auto server = StartServer([](HttpRequest, HttpResponder responder) {
    responder.Start(200, {});
    responder.Write("part");
    responder.Close();
  });
  SocketClient client(server->port());
  const auto answer = client.Call("GET", "/");
  EXPECT_EQ(answer.body, "part");
  EXPECT_FALSE(answer.complete);
}

TEST(HttpServerTest, RawBytesAreSentAsTheyAre) {
  const std::string bytes = "HTTP/1.1 299 Odd\r\nContent-Length: 100\r\n\r\nshort";
  auto server = StartServer([&](HttpRequest, HttpResponder responder) {
    responder.StartRaw();
    responder.Write(bytes);
    responder.Close();
  });
  SocketClient client(server->port());
  client.SendRequest("GET", "/");
  EXPECT_EQ(client.ReadToEnd(), bytes);
}

TEST(HttpServerTest, HeaderValuesCannotAddFields) {
  auto server = StartServer([&](HttpRequest, HttpResponder responder) {
    responder.Reply({200, {{"X-A", "1\r\nX-B: 2"}}, ""});
  });
  SocketClient client(server->port());
  const auto answer = client.Call("GET", "/");
  EXPECT_EQ(*answer.headers.Find("X-A"), "1  X-B: 2");
  EXPECT_EQ(answer.headers.Find("X-B"), nullptr);
}

TEST(HttpServerTest, RefusesWhatIsTooLargeOrMalformed) {
  HttpServerOptions options;
  options.header_bytes_max = 1000;
  options.body_bytes_max = 1000;
  auto server = StartServer(Echo, options);
  const std::string long_text(2000, 'x');
  SocketClient header(server->port());
  EXPECT_EQ(header.Call("GET", "/", "", {{"X-Long", long_text}}).status, 431);
  SocketClient body(server->port());
  EXPECT_EQ(body.Call("POST", "/", long_text).status, 413);
  SocketClient chunked(server->port());
  chunked.Send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  chunked.Send(absl::StrCat("7d0\r\n", long_text, "\r\n0\r\n\r\n"));
  EXPECT_EQ(chunked.ReadAnswer().status, 413);
  SocketClient garbage(server->port());
  garbage.Send("\x16\x03\x01 not http\r\n\r\n");
  EXPECT_EQ(garbage.ReadAnswer().status, 400);
  EXPECT_EQ(garbage.ReadToEnd(), "");
  SocketClient smuggler(server->port());
  smuggler.Send(
      "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(smuggler.ReadAnswer().status, 400);
  EXPECT_EQ(server->counts().requests, 0);
}

TEST(HttpServerTest, RefusalSurvivesALargeBodyThatIsStillBeingSent) {
  HttpServerOptions options;
  options.body_bytes_max = 1000;
  auto server = StartServer(Echo, options);
  SocketClient client(server->port());
  client.Send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4000000\r\n\r\n");
  client.Send(std::string(4000000, 'x'));
  EXPECT_EQ(client.ReadAnswer().status, 413);
}

TEST(HttpServerTest, DrippedHeadAndBodyMeetAbsoluteDeadlines) {
  HttpServerOptions options;
  options.header_timeout = absl::Milliseconds(200);
  options.body_timeout = absl::Milliseconds(200);
  auto server = StartServer(Echo, options);
  for (const char* start :
       {"GET / HTTP/1.1\r\nX-", "POST / HTTP/1.1\r\nContent-Length: 9999\r\n\r\n"}) {
    SocketClient client(server->port());
    client.Send(start);
    std::promise<void> stop;
    std::thread drip([&, stopped = stop.get_future()] {
      // Bytes keep coming, which must not move the deadline.
      while (stopped.wait_for(std::chrono::milliseconds(10)) == std::future_status::timeout) {
        if (!client.Send("a")) return;
      }
    });
    EXPECT_EQ(client.ReadAnswer().status, 408) << start;
    stop.set_value();
    drip.join();
  }
}

TEST(HttpServerTest, IdleConnectionIsClosedWithoutAWord) {
  HttpServerOptions options;
  options.idle_timeout = absl::Milliseconds(100);
  auto server = StartServer(Echo, options);
  SocketClient silent(server->port());
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_EQ(silent.end(), SocketClient::End::kClosed);
  SocketClient used(server->port());
  EXPECT_EQ(used.Call("GET", "/").status, 200);
  EXPECT_EQ(used.ReadToEnd(), "");
  EXPECT_EQ(used.end(), SocketClient::End::kClosed);
}

TEST(HttpServerTest, ClientThatDoesNotReadIsReset) {
  HttpServerOptions options;
  options.write_timeout = absl::Milliseconds(100);
  Signal gone;
  auto server = StartServer(
      [&](HttpRequest, HttpResponder responder) {
        responder.OnDisconnect([&gone, responder] { gone.Set(); });
        responder.Start(200, {});
        responder.Write(std::string(64 << 20, 'x'));
      },
      options);
  SocketClient client(server->port());
  client.SetReceiveBuffer(4096);
  client.SendRequest("GET", "/");
  EXPECT_TRUE(gone.Wait());
}

TEST(HttpServerTest, ConnectionsBeyondTheLimitGet503AndRoomComesBack) {
  HttpServerOptions options;
  options.connections_max = 2;
  auto server = StartServer(Echo, options);
  SocketClient a(server->port());
  ASSERT_EQ(a.Call("GET", "/").status, 200);
  {
    SocketClient b(server->port());
    ASSERT_EQ(b.Call("GET", "/", "").status, 200);
    SocketClient c(server->port());
    EXPECT_EQ(c.ReadAnswer().status, 503);
    EXPECT_EQ(server->counts().refused, 1);
    EXPECT_EQ(b.Call("GET", "/", "", {{"Connection", "close"}}).status, 200);
    EXPECT_EQ(b.ReadToEnd(), "");
  }
  // The refused connection may linger for a moment after its client has closed.
  int status = 0;
  for (int i = 0; i < 1000 && status != 200; ++i) {
    SocketClient d(server->port());
    status = d.Call("GET", "/").status;
  }
  EXPECT_EQ(status, 200);
}

TEST(HttpServerTest, StopWaitsForAnswersWithinItsGrace) {
  Signal arrived;
  auto server = StartServer([&](HttpRequest, HttpResponder responder) {
    responder.RunAfter(absl::Milliseconds(100),
                       [responder]() mutable { responder.Reply(TextResponse(200, "in time")); });
    arrived.Set();
  });
  SocketClient client(server->port());
  client.SendRequest("GET", "/");
  ASSERT_TRUE(arrived.Wait());
  server->Stop(kLong);
  EXPECT_EQ(client.ReadAnswer().body, "in time");
  SocketClient late(server->port());
  EXPECT_EQ(late.end(), SocketClient::End::kReset) << "the port must be closed";
}

TEST(HttpServerTest, StopWithoutGraceBreaksAnswersAndLateCallsAreHarmless) {
  std::optional<HttpResponder> held;
  Signal arrived;
  auto server = StartServer([&](HttpRequest, HttpResponder responder) {
    held = responder;
    responder.RunAfter(absl::Hours(1), [responder] {});
    arrived.Set();
  });
  SocketClient client(server->port());
  client.SendRequest("GET", "/");
  ASSERT_TRUE(arrived.Wait());
  server->Stop();
  EXPECT_EQ(client.ReadToEnd(), "");
  server.reset();
  EXPECT_EQ(held->Write("x"), HttpWrite::kGone);
  held->Reply(TextResponse(200, "too late"));
  held.reset();
}

TEST(HttpServerTest, ManyThreadsServeManyConnections) {
  HttpServerOptions options;
  options.threads = 3;
  auto server = StartServer(Echo, options);
  std::vector<std::unique_ptr<SocketClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<SocketClient>(server->port()));
    ASSERT_TRUE(clients.back()->SendRequest("POST", "/", absl::StrCat("n", i)));
  }
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(clients[i]->ReadAnswer().body, absl::StrCat("POST /||n", i));
  }
}

TEST(HttpServerTest, BadOptionsAndTakenPortsAreErrors) {
  HttpServerOptions options;
  options.port = 65536;
  EXPECT_EQ(HttpServer::Start(options, Echo).status().code(), absl::StatusCode::kInvalidArgument);
  options.port = 0;
  options.address = "localhost";
  EXPECT_EQ(HttpServer::Start(options, Echo).status().code(), absl::StatusCode::kInvalidArgument);
  auto server = StartServer(Echo);
  options.address = "127.0.0.1";
  options.port = server->port();
  EXPECT_EQ(HttpServer::Start(options, Echo).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace lull
