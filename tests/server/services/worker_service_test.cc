// WorkerService over a real channel, store and engine.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "server/api/proto_time.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

TEST(LeaseJobs, GivesAllThatTheCallNeeds) {
  TestServer server("send_request_id: true\n");
  v1::CreateJobRequest request = TestServer::GoodJob();
  request.mutable_job()->set_priority(4);
  const v1::Job job = server.MustCreate(request);
  const v1::LeasedJob leased = server.MustLease();
  EXPECT_NE(leased.lease_token(), "");
  EXPECT_EQ(leased.job_id(), job.id());
  EXPECT_EQ(leased.attempt_number(), 1);
  EXPECT_EQ(leased.class_name(), "standard");
  EXPECT_EQ(leased.priority(), 4);
  EXPECT_EQ(leased.lease_duration().seconds(), 30);
  EXPECT_EQ(leased.upstream().name(), "up");
  EXPECT_EQ(leased.upstream().base_url(), "http://127.0.0.1:9");
  EXPECT_EQ(leased.upstream().credential(), "key");
  EXPECT_EQ(leased.upstream().model(), "");
  EXPECT_EQ(leased.request().method(), "POST");
  EXPECT_EQ(leased.request().path(), "/v1/chat/completions");
  EXPECT_EQ(leased.request().body(), request.job().request().body());
  EXPECT_GT(leased.time_limits().total().seconds(), 0);
  EXPECT_GT(leased.time_limits().connect().seconds(), 0);
  EXPECT_GT(leased.time_limits().first_content().seconds(), 0);
  EXPECT_GT(leased.time_limits().between_content().seconds(), 0);
  EXPECT_FALSE(leased.stream());
  EXPECT_EQ(leased.max_response_bytes(), 16 << 20);
  EXPECT_EQ(leased.request_id_header(), absl::StrCat(job.id(), "/1"));
}

TEST(LeaseJobs, SaysWhetherTheJobAsksForAStream) {
  TestServer server;
  v1::CreateJobRequest request = TestServer::GoodJob();
  request.mutable_job()->mutable_request()->set_body(R"({"model":"m1","stream":true})");
  server.MustCreate(request);
  EXPECT_TRUE(server.MustLease().stream());
}

TEST(LeaseJobs, WithoutWaitAnEmptyQueueAnswersAtOnce) {
  TestServer server;
  const auto answer = server.Lease(TestServer::LeaseRequest());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->jobs_size(), 0);
  EXPECT_FALSE(answer->drain());
}

TEST(LeaseJobs, ALongPollWakesWhenAJobComes) {
  TestServer server;
  Answer<v1::LeaseJobsResponse> answer;
  std::thread polling([&] {
    v1::LeaseJobsRequest request = TestServer::LeaseRequest();
    request.mutable_wait()->set_seconds(60);
    answer = server.Lease(request);
  });
  const v1::Job job = server.MustCreate();
  polling.join();
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->jobs_size(), 1);
  EXPECT_EQ(answer->jobs(0).job_id(), job.id());
}

TEST(LeaseJobs, ALongPollEndsEmptyWhenItsTimeIsOver) {
  TestServer server;
  std::atomic<bool> answered{false};
  std::thread mover([&] {
    while (!answered) {
      server.clock().Advance(absl::Seconds(1));
      EXPECT_TRUE(TestServer::Ask(server.admin(), &v1::AdminService::Stub::GetOverview,
                                  v1::GetOverviewRequest())
                      .ok());
    }
  });
  v1::LeaseJobsRequest request = TestServer::LeaseRequest();
  request.mutable_wait()->set_seconds(20);
  const auto answer = server.Lease(request);
  answered = true;
  mover.join();
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->jobs_size(), 0);
}

TEST(LeaseJobs, APollWhoseWorkerIsGoneTakesNoJob) {
  TestServer server;
  v1::LeaseJobsRequest request = TestServer::LeaseRequest("gone");
  request.mutable_wait()->set_seconds(60);
  grpc::ClientContext context;
  v1::LeaseJobsResponse response;
  grpc::Status status;
  std::thread polling([&] { status = server.workers().LeaseJobs(&context, request, &response); });
  context.TryCancel();
  polling.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  server.MustCreate();
  // If the server has not heard of the cancel yet it may grant the job to the dead poll, and gives
  // it back then: a waiting worker gets it in any case.
  v1::LeaseJobsRequest waiting = TestServer::LeaseRequest("here");
  waiting.mutable_wait()->set_seconds(60);
  EXPECT_EQ(server.Lease(waiting)->jobs_size(), 1);
}

TEST(LeaseJobs, KeepsToTheBytesAskedFor) {
  TestServer server;
  v1::CreateJobRequest create = TestServer::GoodJob();
  create.mutable_job()->mutable_request()->set_body(
      absl::StrCat(R"({"model":"m1","x":")", std::string(100'000, 'x'), "\"}"));
  for (int i = 0; i < 3; ++i) server.MustCreate(create);
  v1::LeaseJobsRequest request = TestServer::LeaseRequest();
  request.set_max_bytes(250'000);
  EXPECT_EQ(server.Lease(request)->jobs_size(), 2);
  request.set_max_bytes(1);
  EXPECT_EQ(server.Lease(request)->jobs_size(), 1) << "a larger one comes alone";
}

TEST(LeaseJobs, WithoutTheCredentialThereIsNothing) {
  TestServer server;
  server.MustCreate();
  v1::LeaseJobsRequest request = TestServer::LeaseRequest();
  request.clear_credentials();
  request.add_credentials("another");
  EXPECT_EQ(server.Lease(request)->jobs_size(), 0);
}

TEST(LeaseJobs, WrongFieldsAreListedAllAtOnce) {
  TestServer server;
  v1::LeaseJobsRequest request;
  request.set_worker_id("a worker");
  request.set_max_jobs(1001);
  request.set_max_bytes((24 << 20) + 1);
  request.mutable_wait()->set_seconds(-1);
  request.add_credentials("");
  request.add_tags("no tag");
  const auto answer = server.Lease(request);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ViolationsOf(answer.status),
            (std::vector<std::string>{"worker_id", "max_jobs", "max_bytes", "wait",
                                      "credentials[0]", "tags[0]"}));
}

TEST(FinishAttempts, AResultSentAgainIsAcceptedAgain) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const v1::AttemptResult result = TestServer::Success(server.MustLease().lease_token());
  EXPECT_EQ(server.Finish(result)->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(server.Finish(result)->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
  server.Restart();
  EXPECT_EQ(server.Finish(result)->results(0).status(), v1::REPORT_STATUS_ACCEPTED)
      << "also when it is only in the store";
  EXPECT_EQ(server.Get(id)->attempts_size(), 1);
}

TEST(FinishAttempts, AResultOfAnEarlierAttemptIsAcceptedAgainAlsoWhenTheJobHasEnded) {
  TestServer server;
  server.MustCreate();
  const std::string token = server.MustLease().lease_token();
  const v1::AttemptResult first = TestServer::Failure(token, v1::OUTCOME_BUSY);
  ASSERT_EQ(server.Finish(first)->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
  server.clock().Advance(absl::Minutes(10));
  const std::string second = server.MustLease().lease_token();
  ASSERT_EQ(server.Finish(TestServer::Success(second))->results(0).status(),
            v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(server.Finish(first)->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(server.Finish(TestServer::Success(token))->results(0).status(),
            v1::REPORT_STATUS_STALE);
}

TEST(FinishAttempts, AnotherResultOfTheSameLeaseIsStale) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const std::string token = server.MustLease().lease_token();
  EXPECT_EQ(server.Finish(TestServer::Success(token, "{\"a\":1}"))->results(0).status(),
            v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(server.Finish(TestServer::Success(token, "{\"a\":2}"))->results(0).status(),
            v1::REPORT_STATUS_STALE);
  EXPECT_EQ(server.Get(id)->response().body(), "{\"a\":1}");
}

TEST(FinishAttempts, ALeaseThatWasGivenToAnotherIsStale) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const std::string first = server.MustLease("w1").lease_token();
  server.clock().Advance(absl::Minutes(30));
  const std::string second = server.MustLease("w2").lease_token();
  EXPECT_EQ(server.Finish(TestServer::Success(first, "{\"late\":1}"))->results(0).status(),
            v1::REPORT_STATUS_STALE);
  EXPECT_EQ(server.Finish(TestServer::Success(second, "{\"good\":1}"))->results(0).status(),
            v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(server.Get(id)->response().body(), "{\"good\":1}");
}

TEST(FinishAttempts, AResultForALeaseHeldBeforeARestartIsAccepted) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const v1::AttemptResult result = TestServer::Success(server.MustLease().lease_token());
  server.Restart();
  EXPECT_EQ(server.Finish(result)->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(server.Get(id)->state(), v1::JOB_STATE_SUCCEEDED);
}

TEST(FinishAttempts, EachReportHasItsOwnAnswer) {
  TestServer server;
  server.MustCreate();
  server.MustCreate();
  const auto leased = server.Lease(TestServer::LeaseRequest());
  ASSERT_EQ(leased->jobs_size(), 2);
  v1::FinishAttemptsRequest request;
  request.set_worker_id("w1");
  *request.add_results() = TestServer::Success("not a token");
  *request.add_results() = TestServer::Success(leased->jobs(0).lease_token());
  *request.add_results() = TestServer::Success(leased->jobs(1).lease_token(), "");
  TestServer other;  // Its tokens are of another store.
  other.MustCreate();
  *request.add_results() = TestServer::Success(other.MustLease().lease_token());
  const auto answer =
      TestServer::Ask(server.workers(), &v1::WorkerService::Stub::FinishAttempts, request);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->results_size(), 4);
  EXPECT_EQ(answer->results(0).status(), v1::REPORT_STATUS_STALE);
  EXPECT_EQ(answer->results(1).status(), v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(answer->results(2).status(), v1::REPORT_STATUS_INVALID);
  EXPECT_TRUE(absl::StrContains(answer->results(2).detail(), "response.body is empty"));
  EXPECT_EQ(answer->results(3).status(), v1::REPORT_STATUS_STALE);
}

// What a worker tells of an answer that was refused, see worker/reporter.cc.
TEST(FinishAttempts, AnAnswerThatWasTooLargeEndsTheJobByItsSecondReport) {
  TestServer server("limits: {max_response_body_bytes: 10}\n");
  const std::string id = server.MustCreate().id();
  const std::string token = server.MustLease().lease_token();
  v1::AttemptResult result = TestServer::Success(token, "{\"a\":12345}");
  const auto refused = server.Finish(result);
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->results(0).status(), v1::REPORT_STATUS_INVALID);
  EXPECT_EQ(refused->results(0).detail(), "response.body has 11 bytes; at most 10 are allowed");
  result.mutable_response()->clear_body();
  result.set_outcome(v1::OUTCOME_INVALID_RESPONSE);
  result.set_should_retry(false);
  google::rpc::ErrorInfo info;
  info.set_reason("ANSWER_NOT_TAKEN");
  result.mutable_error()->set_code(13);
  result.mutable_error()->set_message("the answer has 11 bytes");
  result.mutable_error()->add_details()->PackFrom(info);
  EXPECT_EQ(server.Finish(result)->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
  const auto job = server.Get(id);
  EXPECT_EQ(job->state(), v1::JOB_STATE_FAILED);
  ASSERT_EQ(job->error().details_size(), 1);
  ASSERT_TRUE(job->error().details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "ANSWER_NOT_TAKEN");
  EXPECT_TRUE(absl::StrContains(job->error().message(), "the answer has 11 bytes"));
  EXPECT_FALSE(absl::StrContains(job->error().message(), "PROVIDER_REFUSED_RETRY"));
  ASSERT_EQ(job->attempts_size(), 1);
  EXPECT_EQ(job->attempts(0).billed(), v1::BILLED_YES);
}

TEST(FinishAttempts, ABusyAnswerCostsNoAttempt) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  ASSERT_TRUE(
      server.Finish(TestServer::Failure(server.MustLease().lease_token(), v1::OUTCOME_BUSY)).ok());
  const auto job = server.Get(id);
  EXPECT_EQ(job->state(), v1::JOB_STATE_PENDING);
  EXPECT_EQ(job->attempt_count(), 0);
  EXPECT_EQ(job->dispatch_count(), 1);
  ASSERT_EQ(job->attempts_size(), 1);
  EXPECT_EQ(job->attempts(0).outcome(), v1::OUTCOME_BUSY);
  EXPECT_EQ(job->attempts(0).error().message(), "it did not work");
}

TEST(RenewLeases, SaysWhichAreHeldAndWhichAreLost) {
  TestServer server;
  server.MustCreate();
  const std::string token = server.MustLease().lease_token();
  const auto answer = server.Renew({"garbage", token});
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->statuses_size(), 2);
  EXPECT_EQ(answer->statuses(0), v1::LEASE_STATUS_LOST);
  EXPECT_EQ(answer->statuses(1), v1::LEASE_STATUS_OK);
  EXPECT_EQ(answer->lease_duration().seconds(), 30);
  ASSERT_TRUE(server.Finish(TestServer::Success(token)).ok());
  EXPECT_EQ(server.Renew({token})->statuses(0), v1::LEASE_STATUS_LOST);
  EXPECT_TRUE(server.Renew({}).ok());
}

TEST(RenewLeases, KeepsALeaseThatWouldHaveRunOut) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const std::string token = server.MustLease().lease_token();
  for (int i = 0; i < 6; ++i) {
    server.clock().Advance(absl::Seconds(20));
    EXPECT_EQ(server.Renew({token})->statuses(0), v1::LEASE_STATUS_OK);
  }
  EXPECT_EQ(server.Get(id)->state(), v1::JOB_STATE_RUNNING);
}

TEST(ReleaseLeases, GivesTheJobBackWithoutAnAttempt) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const std::string token = server.MustLease().lease_token();
  const auto answer = server.Release({token, "garbage"});
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->results_size(), 2);
  EXPECT_EQ(answer->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(answer->results(1).status(), v1::REPORT_STATUS_STALE);
  EXPECT_EQ(server.Get(id)->attempt_count(), 0);
  EXPECT_NE(server.MustLease("w2").lease_token(), token);
  EXPECT_EQ(server.Release({token})->results(0).status(), v1::REPORT_STATUS_STALE);
}

TEST(WorkerRequests, TooManyTokensOrResultsAreRefused) {
  TestServer server;
  const std::vector<std::string> tokens(10'001, "t");
  EXPECT_EQ(ViolationsOf(server.Renew(tokens).status), (std::vector<std::string>{"lease_tokens"}));
  EXPECT_EQ(ViolationsOf(server.Renew({}, "").status), (std::vector<std::string>{"worker_id"}));
  v1::FinishAttemptsRequest request;
  request.set_worker_id("w1");
  for (int i = 0; i < 1001; ++i) request.add_results();
  EXPECT_EQ(ViolationsOf(
                TestServer::Ask(server.workers(), &v1::WorkerService::Stub::FinishAttempts, request)
                    .status),
            (std::vector<std::string>{"results"}));
}

}  // namespace
}  // namespace lull
