// HTTP/2 over TLS, as nginx speaks it in front of a busy_api.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/tools/busy_api/busy_client.h"
#include "tests/worker/http_client_fixture.h"
#include "tests/worker/nginx_front.h"
#include "tests/worker/raw_server.h"
#include "worker/classify_answer.h"
#include "worker/secret.h"

namespace lull {
namespace {

class Http2Test : public HttpClientTest {
 protected:
  void SetUp() override {
    if (!NginxFront::IsInstalled()) GTEST_SKIP() << "nginx is missing: HTTP/2 is not tested";
    BusyServerOptions options = BusyClient::Fast();
    options.settings.slots = 1000;
    options.settings.latency_ms = 300;
    busy_ = std::make_unique<BusyClient>(options);
    nginx_ = std::make_unique<NginxFront>(busy_->port());
  }

  void StartTrustingClient(int streams_max) {
    HttpClientOptions options;
    options.ca_file = nginx_->ca_file();
    options.streams_max = streams_max;
    options.calls_max = 200;
    StartClient(options);
  }

  HttpCall ChatCall(int number, bool stream) {
    HttpCall call =
        CallTo(nginx_->url() + "/v1/chat/completions",
               BusyClient::ChatBody(absl::StrCat("call ", number), {{"stream", stream}}));
    call.plain_http_allowed = false;
    return call;
  }

  // Makes so many calls at once, and returns how many of them each connection had.
  std::map<std::string, int> CallAtOnce(int count) {
    std::vector<Ending> endings(count);
    for (int i = 0; i < count; ++i) Begin(ChatCall(i, i % 2 == 1), endings[i]);
    for (int i = 0; i < count; ++i) {
      const HttpAnswer answer = endings[i].Wait();
      EXPECT_EQ(answer.end, HttpEnd::kAnswered) << answer.detail;
      EXPECT_EQ(answer.status, 200) << answer.body;
      EXPECT_EQ(answer.streamed, i % 2 == 1);
      EXPECT_TRUE(absl::StrContains(answer.body, R"("finish_reason":"stop")")) << answer.body;
    }
    EXPECT_EQ(busy_->Ledger().size(), static_cast<size_t>(count));
    return CallsPerConnection(count);
  }

  std::map<std::string, int> CallsPerConnection(int count) {
    const std::vector<NginxFront::Request> requests = nginx_->Stop();
    EXPECT_EQ(requests.size(), static_cast<size_t>(count));
    std::map<std::string, int> calls;
    for (const NginxFront::Request& request : requests) {
      EXPECT_EQ(request.protocol, "HTTP/2.0");
      ++calls[request.connection];
    }
    return calls;
  }

  std::unique_ptr<BusyClient> busy_;
  std::unique_ptr<NginxFront> nginx_;
};

TEST_F(Http2Test, CallsShareAConnection) {
  StartTrustingClient(64);
  EXPECT_EQ(CallAtOnce(20).size(), 1u);
}

TEST_F(Http2Test, TheCallsOnAConnectionAreBounded) {
  StartTrustingClient(8);
  for (const auto& [connection, calls] : CallAtOnce(20)) EXPECT_LE(calls, 8) << connection;
}

TEST_F(Http2Test, ACallThatIsGivenUpLeavesTheOthersOnItsConnectionAlone) {
  StartTrustingClient(64);
  Ending aborted, kept;
  HttpCall stuck = ChatCall(1, false);
  stuck.headers.Add("X-Busy-Script", "never");
  stuck.time_limits.first_content = absl::Seconds(10);
  Begin(std::move(stuck), aborted);
  EXPECT_EQ(Run(ChatCall(2, false)).end, HttpEnd::kAnswered);
  HttpCall slow = ChatCall(3, true);
  slow.headers.Add("X-Busy-Script", R"({"first_content_s":1})");
  Begin(std::move(slow), kept);
  clock_.Advance(absl::Seconds(11));
  EXPECT_EQ(aborted.Wait().end, HttpEnd::kFirstContentTimeout);
  EXPECT_EQ(kept.Wait().end, HttpEnd::kAnswered);
  EXPECT_EQ(CallsPerConnection(3).size(), 1u);
}

// Beside large answers on the same connection, libcurl 7.88 says of some answers whose stream was
// reset that they have ended in order.
TEST_F(Http2Test, AnAnswerThatIsCutIsNeverTakenForAWholeOne) {
  constexpr int kPairs = 60;
  constexpr char kCut[] = R"({"preset":"cut_stream_reset","head_wait_s":0,"first_content_s":0.5})";
  StartTrustingClient(64);
  std::vector<Ending> cut(kPairs), large(kPairs);
  for (int i = 0; i < kPairs; ++i) {
    HttpCall call = ChatCall(2 * i, false);
    call.headers.Add("X-Busy-Script", kCut);
    Begin(std::move(call), cut[i]);
    call = ChatCall(2 * i + 1, false);
    call.headers.Add("X-Busy-Script", "deep_json");
    Begin(std::move(call), large[i]);
  }
  for (int i = 0; i < kPairs; ++i) {
    const v1::AttemptResult result =
        ClassifyAnswer(cut[i].Wait(), "/v1/chat/completions", Secret(), clock_.WallNow());
    EXPECT_EQ(v1::Outcome_Name(result.outcome()), "OUTCOME_TRUNCATED") << result.DebugString();
    EXPECT_EQ(result.billed(), v1::BILLED_MAYBE);
  }
  for (Ending& ending : large) EXPECT_EQ(ending.Wait().status, 200);
}

using WithoutTlsTest = HttpClientTest;

TEST_F(WithoutTlsTest, NothingButHttp11IsSpoken) {
  RawServer server(AnswerEach(RawAnswer(200, "{}")));
  EXPECT_EQ(Run(CallTo(server.Url())).end, HttpEnd::kAnswered);
  const std::string request = server.requests().at(0);
  EXPECT_TRUE(absl::StrContains(request, " HTTP/1.1\r\n")) << request;
  EXPECT_FALSE(absl::StrContains(request, "Upgrade")) << request;
  EXPECT_FALSE(absl::StrContains(request, "HTTP2-Settings")) << request;
}

}  // namespace
}  // namespace lull
