// What JobService says of jobs, and cancelling them, over a real channel, store and engine.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/api/proto_time.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

TEST(GetJob, ShowsEveryStepOfAJobsLife) {
  TestServer server;
  const v1::Job created = server.MustCreate();
  const auto pending = server.Get(created.id());
  ASSERT_TRUE(pending.ok()) << pending.status.error_message();
  EXPECT_EQ(pending->state(), v1::JOB_STATE_PENDING);
  EXPECT_EQ(pending->pending_reason(), v1::PENDING_REASON_NO_WORKER);
  EXPECT_NE(pending->pending_detail(), "");
  EXPECT_EQ(pending->request().body(), TestServer::GoodJob().job().request().body());

  const v1::LeasedJob leased = server.MustLease();
  const auto running = server.Get(created.id());
  EXPECT_EQ(running->state(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(running->dispatch_count(), 1);
  ASSERT_EQ(running->attempts_size(), 1);
  EXPECT_EQ(running->attempts(0).worker_id(), "w1");
  EXPECT_EQ(running->attempts(0).upstream(), "up");
  EXPECT_EQ(running->attempts(0).model(), "m1");
  EXPECT_EQ(running->attempts(0).outcome(), v1::OUTCOME_UNSPECIFIED);
  EXPECT_TRUE(running->has_start_time());

  server.clock().Advance(absl::Seconds(3));
  v1::AttemptResult result = TestServer::Success(leased.lease_token());
  result.mutable_response()->set_model("m1-2026-01-31");
  (*result.mutable_response()->mutable_headers())["x-request-id"] = "upstream-7";
  result.mutable_time_to_first_content()->set_seconds(1);
  ASSERT_TRUE(server.Finish(result).ok());
  const auto ended = server.Get(created.id());
  EXPECT_EQ(ended->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended->response().model(), "m1-2026-01-31");
  EXPECT_EQ(ended->response().upstream_request_id(), "upstream-7");
  EXPECT_EQ(ended->response().body(), "{\"a\":1}");
  EXPECT_EQ(ended->response().http_status(), 200);
  EXPECT_EQ(ended->response().finish_reason(), "stop");
  EXPECT_EQ(ended->response().upstream(), "up");
  EXPECT_EQ(ended->usage().prompt_tokens(), 3);
  EXPECT_EQ(ended->usage().completion_tokens(), 5);
  EXPECT_EQ(ended->served_from(), v1::SERVED_FROM_UPSTREAM);
  ASSERT_EQ(ended->attempts_size(), 1);
  EXPECT_EQ(ended->attempts(0).outcome(), v1::OUTCOME_SUCCEEDED);
  EXPECT_EQ(ended->attempts(0).billed(), v1::BILLED_YES);
  EXPECT_EQ(ended->attempts(0).finish_reason(), "stop");
  EXPECT_EQ(ended->attempts(0).upstream_request_id(), "upstream-7");
  EXPECT_EQ(ended->attempts(0).time_to_first_content().seconds(), 1);
  EXPECT_EQ(ended->attempts(0).model(), "m1");
  EXPECT_EQ(*FromTimestamp(ended->end_time()) - *FromTimestamp(ended->start_time()),
            absl::Seconds(3));
  EXPECT_EQ(ended->pending_reason(), v1::PENDING_REASON_UNSPECIFIED);
}

TEST(GetJob, TheBasicViewHasNoBodiesAndNoAttempts) {
  TestServer server;
  const v1::Job created = server.MustCreate();
  ASSERT_TRUE(server.Finish(TestServer::Success(server.MustLease().lease_token())).ok());
  const auto basic = server.Get(created.id(), v1::JOB_VIEW_BASIC);
  EXPECT_EQ(basic->request().body(), "");
  EXPECT_EQ(basic->response().body(), "");
  EXPECT_EQ(basic->response().finish_reason(), "stop");
  EXPECT_EQ(basic->attempts_size(), 0);
  EXPECT_EQ(basic->dispatch_count(), 1);
  const auto wrong = server.Get(created.id(), static_cast<v1::JobView>(9));
  EXPECT_EQ(ViolationsOf(wrong.status), (std::vector<std::string>{"view"}));
}

TEST(GetJob, AFailedJobSaysWhy) {
  TestServer server;
  const v1::Job created = server.MustCreate();
  ASSERT_TRUE(server
                  .Finish(TestServer::Failure(server.MustLease().lease_token(),
                                              v1::OUTCOME_INVALID_REQUEST))
                  .ok());
  const auto failed = server.Get(created.id());
  EXPECT_EQ(failed->state(), v1::JOB_STATE_FAILED);
  EXPECT_NE(failed->error().code(), 0);
  EXPECT_EQ(failed->error().details_size(), 1) << "an ErrorInfo";
  EXPECT_FALSE(failed->has_response());
}

TEST(GetJob, JobsSurviveARestart) {
  TestServer server;
  const v1::Job pending = server.MustCreate();
  server.Restart();
  const auto again = server.Get(pending.id());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->state(), v1::JOB_STATE_PENDING);
  EXPECT_EQ(again->request().body(), TestServer::GoodJob().job().request().body());
  const v1::LeasedJob leased = server.MustLease();
  EXPECT_EQ(leased.request().body(), TestServer::GoodJob().job().request().body())
      << "read from the store, not from memory";
}

TEST(GetJob, WhatIsNotThereIsNotFound) {
  TestServer server;
  for (const std::string id : {"", "nonsense", "0190d3c2-7b1e-7c3a-9f00-3d5a6b7c8d9e"}) {
    const auto answer = server.Get(id);
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::NOT_FOUND) << id;
    EXPECT_EQ(ReasonOf(answer.status), "JOB_NOT_FOUND") << id;
    EXPECT_EQ(answer.status.error_message(), absl::StrCat("there is no job \"", id, "\""));
  }
}

TEST(BatchGetJobs, GivesThoseThatAreThereInOrder) {
  TestServer server;
  const std::string pending = server.MustCreate().id();
  const std::string ended = server.MustCreate().id();
  ASSERT_TRUE(server.Cancel(ended).ok());
  v1::BatchGetJobsRequest request;
  request.add_job_ids(ended);
  request.add_job_ids("nonsense");
  request.add_job_ids(pending);
  const auto answer = TestServer::Ask(server.jobs(), &v1::JobService::Stub::BatchGetJobs, request);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->jobs_size(), 2);
  EXPECT_EQ(answer->jobs(0).id(), ended);
  EXPECT_EQ(answer->jobs(0).state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(answer->jobs(1).id(), pending);
  EXPECT_EQ(answer->jobs(1).request().body(), "") << "BASIC by default";
  ASSERT_EQ(answer->missing_job_ids_size(), 1);
  EXPECT_EQ(answer->missing_job_ids(0), "nonsense");
}

TEST(BatchGetJobs, BodiesBeyond24MiBAreLeftOut) {
  TestServer server;
  v1::BatchGetJobsRequest request;
  request.set_view(v1::JOB_VIEW_FULL);
  v1::CreateJobRequest create = TestServer::GoodJob();
  create.mutable_job()->mutable_request()->set_body(
      absl::StrCat(R"({"model":"m1","x":")", std::string((4 << 20) - 100, 'x'), "\"}"));
  for (int i = 0; i < 9; ++i) request.add_job_ids(server.MustCreate(create).id());
  const auto answer = TestServer::Ask(server.jobs(), &v1::JobService::Stub::BatchGetJobs, request);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->jobs_size(), 9);
  int with_body = 0;
  for (const v1::Job& job : answer->jobs()) with_body += !job.request().body().empty();
  EXPECT_EQ(with_body, 5) << "a sixth would cross 24 MiB";
  EXPECT_FALSE(answer->jobs(0).request().body().empty());
}

TEST(WaitJob, AnswersAtOnceForAJobThatHasEnded) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  ASSERT_TRUE(server.Cancel(id).ok());
  const auto answer = server.Wait(id, absl::Seconds(60));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->state(), v1::JOB_STATE_CANCELLED);
}

// Waits on another thread. The answer is there when it has been joined.
class Waiter {
 public:
  Waiter(TestServer& server, const std::string& id, absl::Duration timeout)
      : thread_([this, &server, id, timeout] { answer_ = server.Wait(id, timeout); }) {}
  const Answer<v1::Job>& Join() {
    thread_.join();
    return answer_;
  }

 private:
  Answer<v1::Job> answer_;
  std::thread thread_;
};

TEST(WaitJob, AnswersWhenTheJobEnds) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const v1::LeasedJob leased = server.MustLease();
  Waiter waiter(server, id, absl::Seconds(60));
  ASSERT_TRUE(server.Finish(TestServer::Success(leased.lease_token(), "{\"b\":2}")).ok());
  const auto& answer = waiter.Join();
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  EXPECT_EQ(answer->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(answer->response().body(), "{\"b\":2}");
}

TEST(WaitJob, AnswersWithTheJobAsItIsWhenTheTimeIsOver) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  EXPECT_EQ(server.Wait(id, absl::ZeroDuration())->state(), v1::JOB_STATE_PENDING);
  // Nobody can see whether the engine has parked the call yet, so time moves until it has answered.
  std::atomic<bool> answered{false};
  std::thread mover([&] {
    while (!answered) {
      server.clock().Advance(absl::Seconds(1));
      EXPECT_TRUE(server.Get(id).ok());
    }
  });
  const absl::Time before = server.clock().WallNow();
  const auto answer = server.Wait(id, absl::Seconds(20));
  const absl::Time after = server.clock().WallNow();
  answered = true;
  mover.join();
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  EXPECT_EQ(answer->state(), v1::JOB_STATE_PENDING);
  EXPECT_GE(after - before, absl::Seconds(20));
}

TEST(WaitJob, AnswersShortlyBeforeTheCallsOwnDeadline) {
  TestServer server;
  v1::WaitJobRequest request;
  request.set_job_id(server.MustCreate().id());
  grpc::ClientContext context;
  TestServer::SetDeadline(&context, absl::Milliseconds(100));
  v1::Job job;
  // 100 ms leave no time to wait at all, so this does not hang on a clock that stands still.
  const grpc::Status status = server.jobs().WaitJob(&context, request, &job);
  EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
      << status.error_message();
}

TEST(WaitJob, AClientThatGoesAwayEndsTheCall) {
  TestServer server;
  v1::WaitJobRequest request;
  request.set_job_id(server.MustCreate().id());
  grpc::ClientContext context;
  grpc::Status status;
  v1::Job job;
  std::thread waiting([&] { status = server.jobs().WaitJob(&context, request, &job); });
  context.TryCancel();
  waiting.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  // Nothing of it is left that would keep the server from ending.
  server.server().Stop();
}

TEST(WaitJob, RefusesATimeoutThatIsNone) {
  TestServer server;
  const auto answer = server.Wait(server.MustCreate().id(), absl::Seconds(-1));
  EXPECT_EQ(ViolationsOf(answer.status), (std::vector<std::string>{"timeout"}));
}

TEST(CancelJob, EndsAPendingJobAtOnceAndIsRepeatable) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const auto first = server.Cancel(id);
  ASSERT_TRUE(first.ok()) << first.status.error_message();
  EXPECT_EQ(first->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(first->cancel_cause(), v1::CANCEL_CAUSE_USER);
  const auto again = server.Cancel(id);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->state(), v1::JOB_STATE_CANCELLED);
}

TEST(CancelJob, AsksTheWorkerOfARunningJob) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const v1::LeasedJob leased = server.MustLease();
  const auto cancelling = server.Cancel(id);
  EXPECT_EQ(cancelling->state(), v1::JOB_STATE_CANCELLING);
  EXPECT_EQ(cancelling->cancel_cause(), v1::CANCEL_CAUSE_USER);
  EXPECT_EQ(server.Renew({leased.lease_token()})->statuses(0), v1::LEASE_STATUS_CANCEL);
  ASSERT_TRUE(server.Finish(TestServer::Failure(leased.lease_token(), v1::OUTCOME_CANCELLED)).ok());
  EXPECT_EQ(server.Get(id)->state(), v1::JOB_STATE_CANCELLED);
}

TEST(CancelJob, AJobThatHasEndedOtherwiseStaysAsItIs) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  ASSERT_TRUE(server.Finish(TestServer::Success(server.MustLease().lease_token())).ok());
  const auto answer = server.Cancel(id);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(answer.status), "JOB_ENDED");
  EXPECT_TRUE(absl::StrContains(answer.status.error_message(), "JOB_STATE_SUCCEEDED"));
  EXPECT_EQ(server.Get(id)->state(), v1::JOB_STATE_SUCCEEDED);
}

TEST(CancelJob, WhatIsNotThereIsNotFound) {
  TestServer server;
  EXPECT_EQ(server.Cancel("nonsense").status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(server.Wait("nonsense", absl::Seconds(1)).status.error_code(),
            grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace lull
