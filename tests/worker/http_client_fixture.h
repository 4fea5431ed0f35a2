// What the tests of the HTTP client share: a client on a clock that stands still, and its calls.
#ifndef LULL_TESTS_WORKER_HTTP_CLIENT_FIXTURE_H_
#define LULL_TESTS_WORKER_HTTP_CLIENT_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "tests/testing/fake_clock.h"
#include "tests/worker/raw_server.h"
#include "worker/http_client.h"

namespace lull {

// Waits for the end of one call.
class Ending {
 public:
  HttpClient::Done Taker() {
    return [this](HttpAnswer answer) {
      MutexLock lock(mutex_);
      answer_ = std::move(answer);
      changed_.SignalAll();
    };
  }
  HttpAnswer Wait() {
    MutexLock lock(mutex_);
    while (!answer_) changed_.Wait(mutex_);
    return *answer_;
  }
  bool ended() {
    MutexLock lock(mutex_);
    return answer_.has_value();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::optional<HttpAnswer> answer_ ABSL_GUARDED_BY(mutex_);
};

inline RawServer::Script AnswerEach(std::string answer) {
  return [answer](RawConnection& connection) {
    while (connection.ReadRequest()) connection.Send(answer);
  };
}

class HttpClientTest : public testing::Test {
 protected:
  void SetUp() override { StartClient({}); }
  void StartClient(HttpClientOptions options) {
    options.user_agent = "lull-worker/test";
    client_ = *HttpClient::Start(options, clock_);
  }

  static HttpCall CallTo(std::string url, std::string body = R"({"model":"m"})") {
    HttpCall call;
    call.url = std::move(url);
    call.body = std::move(body);
    call.headers.Add("Content-Type", "application/json");
    call.plain_http_allowed = true;
    call.direct = true;
    return call;
  }

  uint64_t Begin(HttpCall call, Ending& ending) {
    const uint64_t id = ++last_id_;
    const absl::Status status = client_->Call(id, std::move(call), ending.Taker());
    EXPECT_TRUE(status.ok()) << status;
    return id;
  }
  HttpAnswer Run(HttpCall call) {
    Ending ending;
    Begin(std::move(call), ending);
    return ending.Wait();
  }
  // Returns when the client's thread has looked at every byte that had arrived before: it looks at
  // all sockets before it hands out an answer that was asked for later.
  void Sync() {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(Run(CallTo(sync_server_.Url())).end, HttpEnd::kAnswered);
    }
  }

  RawServer sync_server_{AnswerEach(RawAnswer(200, "{}"))};
  FakeClock clock_;
  std::unique_ptr<HttpClient> client_;
  uint64_t last_id_ = 0;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_HTTP_CLIENT_FIXTURE_H_
