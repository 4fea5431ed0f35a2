// What the tests of HTTP/2 peers share: a peer whose every frame a test decides, and calls to it.
#ifndef LULL_TESTS_WORKER_HTTP2_PEER_FIXTURE_H_
#define LULL_TESTS_WORKER_HTTP2_PEER_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "tests/testing/process.h"
#include "tests/worker/http2_frames.h"
#include "tests/worker/http_client_fixture.h"
#include "tests/worker/raw_server.h"
#include "worker/classify_answer.h"
#include "worker/secret.h"

namespace lull {

inline constexpr char kAnswer[] = R"({"choices":[{"finish_reason":"stop"}]})";
class Http2PeerTest : public HttpClientTest {
 protected:
  // Every request is passed to `on_request`, and its beginning to `on_head`; connections that speak
  // HTTP/1.1 are answered in order.
  void Serve(AnswerStream on_request, AnswerStream on_head = {}) {
    const TestCertificate certificate = MakeTestCertificate("IP:127.0.0.1");
    const std::string ca_file = NewTestFolder("http2") + "/ca.pem";
    std::ofstream(ca_file) << certificate.certificate_pem;
    HttpClientOptions options;
    options.ca_file = ca_file;
    StartClient(options);
    const auto head = [this, on_head](RawConnection& connection, uint32_t stream) {
      ++requests_;
      return on_head == nullptr || on_head(connection, stream);
    };
    peer_ = std::make_unique<RawServer>(
        [this, head, on_request](RawConnection& connection) {
          ++connections_;
          if (connection.speaks_http2()) return ServeFrames(connection, head, on_request);
          while (connection.ReadRequest()) {
            ++requests_;
            connection.Send(RawAnswer(200, kAnswer));
          }
        },
        &certificate, /*http2=*/true);
  }

  HttpAnswer CallPeer(std::string body = R"({"model":"m"})") {
    return Run(CallTo(peer_->Url(), std::move(body)));
  }

  v1::AttemptResult Classified(HttpAnswer answer) {
    return ClassifyAnswer(std::move(answer), "/v1/chat/completions", Secret(), clock_.WallNow());
  }

  void ExpectRefused(const HttpAnswer& answer) {
    EXPECT_EQ(answer.end, HttpEnd::kStreamRefused) << answer.detail;
    EXPECT_FALSE(answer.began);
    const v1::AttemptResult result = Classified(answer);
    EXPECT_EQ(result.outcome(), v1::OUTCOME_CONNECTION_FAILED);
    EXPECT_EQ(result.billed(), v1::BILLED_NO);
    EXPECT_TRUE(
        absl::StrContains(result.error().message(), "the upstream refused the HTTP/2 stream"))
        << result.error().message();
  }

  // The connection died, and nobody knows what the upstream did.
  void ExpectBroke(const HttpAnswer& answer) {
    EXPECT_EQ(answer.end, HttpEnd::kBroke) << answer.detail;
    EXPECT_NE(answer.detail, "");
    const v1::AttemptResult result = Classified(answer);
    EXPECT_EQ(result.outcome(), v1::OUTCOME_CONNECTION_FAILED);
    EXPECT_EQ(result.billed(), v1::BILLED_MAYBE);
  }

  std::atomic<int> requests_ = 0;  // that have begun
  std::atomic<int> connections_ = 0;
  std::unique_ptr<RawServer> peer_;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_HTTP2_PEER_FIXTURE_H_
