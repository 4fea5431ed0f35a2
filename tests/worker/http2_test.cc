// HTTP/2 over TLS, as nginx speaks it in front of a busy_api.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "tests/testing/process.h"
#include "tests/tools/busy_api/busy_client.h"
#include "tests/worker/http_client_fixture.h"
#include "tests/worker/raw_server.h"

namespace lull {
namespace {

constexpr char kNginx[] = "/usr/sbin/nginx";
constexpr int kStartsMax = 5;

constexpr char kConfiguration[] = R"(
user root root; daemon off; master_process off; pid $0/pid; error_log $0/error.log;
events { worker_connections 256; }
http {
  log_format calls '$$connection $$server_protocol $$status';
  access_log $0/access.log calls;
  client_body_temp_path $0/body; proxy_temp_path $0/proxy; fastcgi_temp_path $0/fastcgi;
  uwsgi_temp_path $0/uwsgi; scgi_temp_path $0/scgi;
  server {
    listen 127.0.0.1:$1 ssl http2;
    ssl_certificate $0/certificate.pem; ssl_certificate_key $0/key.pem;
    location / {
      proxy_pass http://127.0.0.1:$2; proxy_buffering off; proxy_http_version 1.1;
      proxy_next_upstream off;
    }
  }
}
)";

int FreePort() {
  return RawServer([](RawConnection&) {}).port();
}

class Http2Test : public HttpClientTest {
 protected:
  void SetUp() override {
    if (access(kNginx, X_OK) != 0) {
      GTEST_SKIP() << kNginx << " is missing: HTTP/2 is not tested; see tools/packages.txt";
    }
    BusyServerOptions options = BusyClient::Fast();
    options.settings.slots = 1000;
    options.settings.latency_ms = 300;
    busy_ = std::make_unique<BusyClient>(options);
    folder_ = NewTestFolder("nginx");
    const TestCertificate certificate = MakeTestCertificate("IP:127.0.0.1");
    std::ofstream(folder_ + "/certificate.pem") << certificate.certificate_pem;
    std::ofstream(folder_ + "/key.pem") << certificate.key_pem;
    StartNginx();
  }

  // nginx takes no port 0, and a port that was free may be gone by then.
  void StartNginx() {
    for (int start = 0; start < kStartsMax; ++start) {
      port_ = FreePort();
      std::ofstream(folder_ + "/nginx.conf")
          << absl::Substitute(kConfiguration, folder_, port_, busy_->port());
      nginx_ = *Process::Start({kNginx,
                                {"-c", folder_ + "/nginx.conf", "-e", folder_ + "/error.log"},
                                {},
                                folder_ + "/nginx.log"});
      if (nginx_->AwaitFile(folder_ + "/pid", absl::Seconds(30)).ok()) return;
    }
    FAIL() << nginx_->LogTail();
  }

  void StartTrustingClient(int streams_max) {
    HttpClientOptions options;
    options.ca_file = folder_ + "/certificate.pem";
    options.streams_max = streams_max;
    StartClient(options);
  }

  HttpCall ChatCall(int number, bool stream) {
    HttpCall call =
        CallTo(absl::StrCat("https://127.0.0.1:", port_, "/v1/chat/completions"),
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
      EXPECT_TRUE(answer.framed);
      EXPECT_TRUE(absl::StrContains(answer.body, R"("finish_reason":"stop")")) << answer.body;
    }
    EXPECT_EQ(busy_->Ledger().size(), static_cast<size_t>(count));
    return CallsPerConnection(count);
  }

  std::map<std::string, int> CallsPerConnection(int count) {
    nginx_->Terminate();
    EXPECT_TRUE(nginx_->AwaitExit(absl::Seconds(30)).has_value());
    std::map<std::string, int> calls;
    std::ifstream log(folder_ + "/access.log");
    std::string line;
    int lines = 0;
    while (std::getline(log, line)) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      EXPECT_EQ(words.at(1), "HTTP/2.0") << line;
      ++calls[words[0]];
      ++lines;
    }
    EXPECT_EQ(lines, count);
    return calls;
  }

  std::unique_ptr<BusyClient> busy_;
  std::string folder_;
  int port_ = 0;
  std::unique_ptr<Process> nginx_;
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
