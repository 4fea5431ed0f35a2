// What the tests of the worker share: one between a queue over real gRPC and an upstream over real
// HTTP, on a clock that stands still.
#ifndef LULL_TESTS_WORKER_WORKER_FIXTURE_H_
#define LULL_TESTS_WORKER_WORKER_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/testing/fake_clock.h"
#include "tests/worker/fake_queue.h"
#include "tests/worker/gate.h"
#include "tests/worker/raw_server.h"
#include "worker/worker.h"

namespace lull {

inline constexpr char kAnswer[] = R"({"model":"m-2","choices":[{"finish_reason":"stop"}]})";
inline constexpr char kKey[] = "sk-canary-4f1d9c2e7b8a";

// Answers every request once the test has opened the gate for it.
class GatedUpstream {
 public:
  GatedUpstream()
      : server_([this](RawConnection& connection) {
          while (connection.ReadRequest()) {
            gate_.Pass();
            connection.Send(RawAnswer(200, kAnswer));
          }
        }) {}
  // Scripts must not wait for ever.
  ~GatedUpstream() { Answer(1000); }

  RawServer& server() { return server_; }
  void Answer(int count = 1) {
    for (int i = 0; i < count; ++i) gate_.Open();
  }

 private:
  Gate gate_;
  RawServer server_;
};

class WorkerTest : public testing::Test {
 protected:
  void TearDown() override {
    if (!thread_.joinable()) return;
    worker_->Drain(absl::ZeroDuration());
    upstream_.Answer(100);
    while (!returned_.IsOpen()) clock_.Advance(absl::Seconds(1));
    thread_.join();
  }

  void StartWorker(int capacity = 8) {
    WorkerOptions options;
    options.worker_id = "w-1";
    options.version = "1.2.3";
    options.max_in_flight = capacity;
    options.tags = {"zone=a"};
    QueueClientOptions queue;
    queue.address = queue_.address();
    queue.token = Secret("t-1");
    HttpClientOptions http;
    http.calls_max = capacity;
    metrics_ = std::make_unique<WorkerMetrics>(capacity);
    worker_ = std::make_unique<Worker>(options, Rules(), std::make_unique<QueueClient>(queue),
                                       *HttpClient::Start(http, clock_), clock_, *metrics_);
    thread_ = std::thread([this] {
      worker_->Run();
      returned_.Open();
    });
  }

  CallRules Rules() {
    v1::WorkerConfig config;
    v1::CredentialConfig& credential = *config.add_credentials();
    credential.set_name("main");
    credential.set_env("KEY");
    credential.add_origins(absl::StrCat("http://127.0.0.1:", upstream_.server().port()));
    CallRules rules;
    rules.credentials =
        *CredentialStore::Load(config, [](const std::string&) { return std::string(kKey); });
    return rules;
  }

  v1::LeasedJob Job(const std::string& token) {
    v1::LeasedJob job;
    job.set_lease_token(token);
    job.set_job_id("job-" + token);
    job.mutable_lease_duration()->set_seconds(30);
    job.mutable_upstream()->set_base_url(
        absl::StrCat("http://127.0.0.1:", upstream_.server().port(), "/v1"));
    job.mutable_upstream()->set_credential("main");
    job.mutable_request()->set_method("POST");
    job.mutable_request()->set_path("/v1/chat/completions");
    job.mutable_request()->set_body(R"({"model":"m-1"})");
    job.set_request_id_header(absl::StrCat("job-", token, "/1"));
    // The clock may be moved by hours while a socket or a call of gRPC takes its real time.
    v1::TimeLimits& limits = *job.mutable_time_limits();
    for (google::protobuf::Duration* limit :
         {limits.mutable_connect(), limits.mutable_first_content(),
          limits.mutable_between_content(), limits.mutable_total()}) {
      limit->set_seconds(1'000'000'000);
    }
    return job;
  }

  // Moves the clock in small steps until the server has heard enough: what the worker waits for is
  // a matter of its own pace.
  template <typename Condition>
  HeardFromWorker AdvanceUntil(Condition condition) {
    while (!condition(queue_.heard())) {
      clock_.Advance(absl::Milliseconds(50));
      std::this_thread::yield();
    }
    return queue_.heard();
  }

  static auto Results(size_t count) {
    return [count](const HeardFromWorker& heard) { return heard.results.size() >= count; };
  }
  static auto Renewals(size_t count) {
    return [count](const HeardFromWorker& heard) { return heard.renewals.size() >= count; };
  }
  static auto Released(size_t count) {
    return [count](const HeardFromWorker& heard) { return heard.released.size() >= count; };
  }
  static auto PollsWaiting(int count) {
    return [count](const HeardFromWorker& heard) { return heard.polls_waiting == count; };
  }

  FakeClock clock_;
  FakeQueue queue_;
  GatedUpstream upstream_;
  std::unique_ptr<WorkerMetrics> metrics_;
  std::unique_ptr<Worker> worker_;
  std::thread thread_;
  Gate returned_;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_WORKER_FIXTURE_H_
