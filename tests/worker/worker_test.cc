#include "worker/worker.h"

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/testing/fake_clock.h"
#include "tests/worker/fake_queue.h"
#include "tests/worker/gate.h"
#include "tests/worker/raw_server.h"

namespace lull {
namespace {

constexpr char kAnswer[] = R"({"model":"m-2","choices":[{"finish_reason":"stop"}]})";
constexpr char kKey[] = "sk-canary-4f1d9c2e7b8a";

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

TEST_F(WorkerTest, MakesTheCallOfALeasedJobAndReportsItsAnswer) {
  StartWorker();
  v1::LeasedJob job = Job("a");
  job.mutable_upstream()->set_model("m-2");
  (*job.mutable_upstream()->mutable_headers())["X-Team"] = "blue";
  queue_.AddJob(job);
  upstream_.Answer();
  const HeardFromWorker heard = queue_.WaitUntil(Results(1));

  const v1::AttemptResult& result = heard.results[0];
  EXPECT_EQ(result.lease_token(), "a");
  EXPECT_EQ(result.outcome(), v1::OUTCOME_SUCCEEDED);
  EXPECT_EQ(result.billed(), v1::BILLED_YES);
  EXPECT_EQ(result.http_status(), 200);
  EXPECT_EQ(result.response().body(), kAnswer);
  EXPECT_TRUE(result.has_start_offset());
  EXPECT_TRUE(result.has_end_offset());
  EXPECT_TRUE(result.has_time_to_first_content());
  EXPECT_EQ(result.SerializeAsString().find("canary"), std::string::npos);

  const v1::LeaseJobsRequest& poll = heard.polls[0];
  EXPECT_EQ(poll.worker_id(), "w-1");
  EXPECT_EQ(poll.version(), "1.2.3");
  EXPECT_EQ(poll.capacity(), 8);
  ASSERT_EQ(poll.credentials_size(), 1);
  EXPECT_EQ(poll.credentials(0), "main");
  ASSERT_EQ(poll.tags_size(), 1);
  EXPECT_EQ(poll.tags(0), "zone=a");
  for (const std::string& authorization : heard.authorizations) {
    EXPECT_EQ(authorization, "Bearer t-1");
  }

  ASSERT_EQ(upstream_.server().requests().size(), 1u);
  const std::string request = upstream_.server().requests()[0];
  EXPECT_TRUE(absl::StartsWith(request, "POST /v1/chat/completions HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, absl::StrCat("Authorization: Bearer ", kKey, "\r\n")));
  EXPECT_TRUE(absl::StrContains(request, "X-Request-Id: job-a/1\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "X-Team: blue\r\n")) << request;
  EXPECT_TRUE(absl::EndsWith(request, R"({"model":"m-2"})")) << request;
}

TEST_F(WorkerTest, TwoPollsWaitAndShareTheRoom) {
  StartWorker(7);
  const HeardFromWorker heard = queue_.WaitUntil(PollsWaiting(2));
  ASSERT_EQ(heard.polls.size(), 2u);
  EXPECT_EQ(heard.polls[0].max_jobs() + heard.polls[1].max_jobs(), 7);
  EXPECT_GT(heard.polls[1].max_jobs(), 0);
}

TEST_F(WorkerTest, HoldsNoMoreLeasesThanItHasRoomForAndAsksAgainWhenThereIs) {
  StartWorker(2);
  for (const char* token : {"a", "b", "c"}) queue_.AddJob(Job(token));
  upstream_.server().WaitForRequests(2);
  HeardFromWorker heard = queue_.WaitUntil(PollsWaiting(0));
  EXPECT_EQ(heard.jobs_leased, 2);
  EXPECT_EQ(heard.polls.size(), 2u);
  upstream_.Answer();
  queue_.WaitUntil(Results(1));
  upstream_.server().WaitForRequests(3);
  EXPECT_EQ(queue_.heard().jobs_leased, 3);
}

TEST_F(WorkerTest, AReportWhoseAnswerIsLostIsSentAgainUnchanged) {
  StartWorker();
  queue_.FailFinishes(3, absl::StatusCode::kUnavailable);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  const HeardFromWorker heard = AdvanceUntil(Results(4));
  for (const v1::AttemptResult& result : heard.results) {
    EXPECT_EQ(result.SerializeAsString(), heard.results[0].SerializeAsString());
  }
  // It was taken, so nothing more is said of it.
  const size_t renewals = heard.renewals.size();
  const HeardFromWorker later = AdvanceUntil(Renewals(renewals + 2));
  EXPECT_EQ(later.results.size(), 4u);
  EXPECT_EQ(later.renewals.back().lease_tokens_size(), 0);
  EXPECT_EQ(upstream_.server().requests().size(), 1u);
}

TEST_F(WorkerTest, AStaleReportIsDropped) {
  StartWorker(1);
  queue_.SetReportStatus("a", v1::REPORT_STATUS_STALE);
  queue_.AddJob(Job("a"));
  queue_.AddJob(Job("b"));
  upstream_.Answer(2);
  const HeardFromWorker heard = queue_.WaitUntil(Results(2));
  EXPECT_EQ(heard.results[0].lease_token(), "a");
  EXPECT_EQ(heard.results[1].lease_token(), "b");
  EXPECT_TRUE(absl::StrContains(metrics_->Render(), "lull_worker_stale_reports_total 1"));
}

TEST_F(WorkerTest, OneReportThatTheServerRefusesDoesNotHoldUpTheOthers) {
  StartWorker();
  queue_.SetReportStatus("a", v1::REPORT_STATUS_INVALID);
  queue_.FailFinishes(1, absl::StatusCode::kInvalidArgument);
  for (const char* token : {"a", "b", "c"}) queue_.AddJob(Job(token));
  upstream_.Answer(3);
  AdvanceUntil([](const HeardFromWorker& heard) {
    std::set<std::string> tokens;
    for (const v1::AttemptResult& result : heard.results) tokens.insert(result.lease_token());
    return tokens.size() == 3;
  });
}

TEST_F(WorkerTest, ReportsOutliveARestartOfTheServer) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.Stop();
  upstream_.Answer();
  while (!absl::StrContains(metrics_->Render(), "lull_worker_reports_pending 1")) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 20; ++i) clock_.Advance(absl::Seconds(1));
  queue_.Restart();
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
  AdvanceUntil(PollsWaiting(2));
  EXPECT_EQ(upstream_.server().requests().size(), 1u);
}

TEST_F(WorkerTest, RenewsEveryTenSecondsAlsoWithoutLeases) {
  StartWorker();
  queue_.WaitUntil(PollsWaiting(2));
  for (size_t i = 1; i <= 3; ++i) {
    clock_.Advance(absl::Seconds(10));
    const HeardFromWorker heard = queue_.WaitUntil(Renewals(i));
    EXPECT_EQ(heard.renewals.size(), i);
    EXPECT_EQ(heard.renewals.back().lease_tokens_size(), 0);
    EXPECT_EQ(heard.renewals.back().worker_id(), "w-1");
    EXPECT_EQ(heard.renewals.back().capacity(), 8);
    // The next one is timed when this one's answer is there.
    while (!absl::StrContains(metrics_->Render(),
                              absl::StrCat("lull_worker_renewals_total{result=\"ok\"} ", i))) {
      std::this_thread::yield();
    }
  }
}

TEST_F(WorkerTest, RenewsAThirdOfAShortLeaseInOneCallForAllLeases) {
  StartWorker();
  for (const char* token : {"a", "b"}) {
    v1::LeasedJob job = Job(token);
    job.mutable_lease_duration()->set_seconds(6);
    queue_.AddJob(job);
  }
  upstream_.server().WaitForRequests(2);
  clock_.Advance(absl::Seconds(2));
  const HeardFromWorker heard = queue_.WaitUntil(Renewals(1));
  ASSERT_EQ(heard.renewals[0].lease_tokens_size(), 2);
  EXPECT_EQ(heard.renewals[0].lease_tokens(0), "a");
  EXPECT_EQ(heard.renewals[0].lease_tokens(1), "b");
  EXPECT_EQ(heard.renewals[0].in_flight(), 2);
}

TEST_F(WorkerTest, ALeaseIsRenewedUntilItsReportIsTaken) {
  StartWorker();
  queue_.FailFinishes(1'000'000, absl::StatusCode::kUnavailable);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  queue_.WaitUntil(Results(1));
  const HeardFromWorker heard = AdvanceUntil(Renewals(3));
  for (const v1::RenewLeasesRequest& renewal : heard.renewals) {
    ASSERT_EQ(renewal.lease_tokens_size(), 1);
    EXPECT_EQ(renewal.lease_tokens(0), "a");
  }
  queue_.FailFinishes(0, absl::StatusCode::kOk);
  AdvanceUntil(
      [](const HeardFromWorker& now) { return now.renewals.back().lease_tokens_size() == 0; });
}

TEST_F(WorkerTest, ACancelledCallIsBrokenOffAndReported) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.SetLeaseStatus("a", v1::LEASE_STATUS_CANCEL);
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(heard.results[0].billed(), v1::BILLED_MAYBE);
  EXPECT_EQ(heard.results[0].error().code(), static_cast<int>(absl::StatusCode::kCancelled));
}

TEST_F(WorkerTest, AnAnswerThatIsCompleteIsReportedAlthoughItsJobIsCancelled) {
  StartWorker();
  queue_.FailFinishes(1, absl::StatusCode::kUnavailable);
  queue_.SetLeaseStatus("a", v1::LEASE_STATUS_CANCEL);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  queue_.WaitUntil(Results(1));
  const HeardFromWorker heard = AdvanceUntil(Results(2));
  EXPECT_EQ(heard.results[1].outcome(), v1::OUTCOME_SUCCEEDED);
}

TEST_F(WorkerTest, ALostLeaseEndsItsCallWithoutAReport) {
  StartWorker(1);
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.SetLeaseStatus("a", v1::LEASE_STATUS_LOST);
  queue_.AddJob(Job("b"));
  // Its room is another's once the call is broken off.
  AdvanceUntil([](const HeardFromWorker& heard) { return heard.jobs_leased == 2; });
  upstream_.Answer(2);
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(heard.results[0].lease_token(), "b");
  EXPECT_TRUE(heard.released.empty());
}

TEST_F(WorkerTest, AKeyIsNotSentToAnOriginThatIsNotItsOwn) {
  RawServer other([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(RawAnswer(200, kAnswer));
  });
  StartWorker();
  v1::LeasedJob job = Job("a");
  job.mutable_upstream()->set_base_url(absl::StrCat("http://127.0.0.1:", other.port()));
  queue_.AddJob(job);
  const HeardFromWorker heard = queue_.WaitUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_UNAUTHORIZED);
  EXPECT_EQ(heard.results[0].billed(), v1::BILLED_NO);
  EXPECT_TRUE(absl::StrContains(heard.results[0].error().message(), "may not be sent to"));
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(WorkerTest, ARequestThatCannotBeMadeIsNoFaultOfTheUpstream) {
  StartWorker();
  v1::LeasedJob job = Job("a");
  job.mutable_request()->set_body("[]");
  queue_.AddJob(job);
  const HeardFromWorker heard = queue_.WaitUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_INVALID_REQUEST);
  EXPECT_EQ(heard.results[0].billed(), v1::BILLED_NO);
  EXPECT_FALSE(heard.results[0].has_start_offset());
}

TEST_F(WorkerTest, AnIdleWorkerDrainsAtOnce) {
  StartWorker();
  queue_.WaitUntil(PollsWaiting(2));
  worker_->Drain(absl::Seconds(30));
  thread_.join();
  queue_.WaitUntil(PollsWaiting(0));
}

TEST_F(WorkerTest, ADrainLetsCallsEndAndDeliversTheirReports) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  worker_->Drain(absl::Seconds(30));
  queue_.WaitUntil(PollsWaiting(0));
  EXPECT_FALSE(returned_.IsOpen());
  upstream_.Answer();
  thread_.join();
  const HeardFromWorker heard = queue_.heard();
  ASSERT_EQ(heard.results.size(), 1u);
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
}

TEST_F(WorkerTest, ADrainBreaksCallsOffWhenItsTimeIsOver) {
  StartWorker();
  queue_.AddJob(Job("sent"));
  // Its connection is never made: the server does not answer the handshake.
  v1::LeasedJob unsent = Job("unsent");
  RawServer silent([](RawConnection& connection) { connection.WaitForClose(); });
  unsent.mutable_upstream()->set_base_url(absl::StrCat("https://127.0.0.1:", silent.port()));
  unsent.mutable_upstream()->clear_credential();
  queue_.AddJob(unsent);
  upstream_.server().WaitForRequests(1);
  queue_.WaitUntil([](const HeardFromWorker& heard) { return heard.jobs_leased == 2; });
  worker_->Drain(absl::Seconds(5));
  queue_.WaitUntil(PollsWaiting(0));
  clock_.Advance(absl::Seconds(5));
  thread_.join();
  const HeardFromWorker heard = queue_.heard();
  ASSERT_EQ(heard.results.size(), 1u);
  EXPECT_EQ(heard.results[0].lease_token(), "sent");
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(heard.results[0].billed(), v1::BILLED_MAYBE);
  EXPECT_TRUE(absl::StrContains(heard.results[0].error().message(), "worker was stopped"));
  EXPECT_EQ(heard.released, std::vector<std::string>{"unsent"});
}

TEST_F(WorkerTest, ADrainEndsAlsoWhenTheServerIsAway) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.Stop();
  worker_->Drain(absl::Seconds(5));
  while (!returned_.IsOpen()) {
    clock_.Advance(absl::Milliseconds(100));
    std::this_thread::yield();
  }
  thread_.join();
}

TEST_F(WorkerTest, TheServerCanDrainTheWorker) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.SetDrain();
  AdvanceUntil(Renewals(1));
  queue_.WaitUntil(PollsWaiting(0));
  EXPECT_FALSE(returned_.IsOpen());
  upstream_.Answer();
  thread_.join();
  EXPECT_EQ(queue_.heard().results[0].outcome(), v1::OUTCOME_SUCCEEDED);
}

}  // namespace
}  // namespace lull
