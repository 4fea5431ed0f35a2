// CreateJob and BatchCreateJobs over a real channel, store and engine.
#include <set>
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

TEST(CreateJob, GivesTheJobInTheBasicView) {
  TestServer server;
  v1::CreateJobRequest request = TestServer::GoodJob();
  (*request.mutable_job()->mutable_labels())["team"] = "a";
  request.mutable_job()->mutable_ttl()->set_seconds(60);
  const v1::Job job = server.MustCreate(request);
  EXPECT_EQ(job.id().size(), 36u);
  EXPECT_EQ(job.tenant(), "default");
  EXPECT_EQ(job.class_name(), "standard");
  EXPECT_EQ(job.state(), v1::JOB_STATE_PENDING);
  EXPECT_EQ(job.labels().at("team"), "a");
  EXPECT_EQ(job.create_labels().at("team"), "a");
  EXPECT_EQ(job.request().path(), "/v1/chat/completions");
  EXPECT_EQ(job.request().method(), "POST");
  EXPECT_EQ(job.request().body(), "");
  EXPECT_EQ(job.model(), "m1");
  EXPECT_EQ(job.route_group(), "chat");
  EXPECT_EQ(FromTimestamp(job.create_time()), server.clock().WallNow());
  EXPECT_EQ(FromTimestamp(job.deadline()), server.clock().WallNow() + absl::Seconds(60));
  EXPECT_FALSE(job.has_ttl());
}

TEST(CreateJob, WrongFieldsAreListedAllAtOnce) {
  TestServer server;
  v1::CreateJobRequest request = TestServer::GoodJob();
  request.mutable_job()->set_priority(10);
  request.mutable_job()->mutable_request()->set_path("nowhere");
  const auto answer = server.Create(request);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(answer.status), "INVALID_REQUEST");
  EXPECT_EQ(ViolationsOf(answer.status),
            (std::vector<std::string>{"job.priority", "job.request.path"}));
}

TEST(CreateJob, ValidateOnlyCreatesNothing) {
  TestServer server;
  v1::CreateJobRequest request = TestServer::GoodJob("only-once");
  request.set_validate_only(true);
  const auto answer = server.Create(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->id(), "");
  EXPECT_EQ(answer->route_group(), "chat");
  EXPECT_EQ(server.Lease(TestServer::LeaseRequest())->jobs_size(), 0);
  request.set_validate_only(false);
  EXPECT_NE(server.MustCreate(request).id(), "");
}

TEST(RequestId, TheSameContentIsTheSameJobAsItIsNow) {
  TestServer server;
  const v1::Job first = server.MustCreate(TestServer::GoodJob("r1"));
  const v1::LeasedJob leased = server.MustLease();
  const v1::Job running = server.MustCreate(TestServer::GoodJob("r1"));
  EXPECT_EQ(running.id(), first.id());
  EXPECT_EQ(running.state(), v1::JOB_STATE_RUNNING);
  ASSERT_TRUE(server.Finish(TestServer::Success(leased.lease_token())).ok());
  const v1::Job ended = server.MustCreate(TestServer::GoodJob("r1"));
  EXPECT_EQ(ended.id(), first.id());
  EXPECT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended.response().body(), "") << "the BASIC view";
}

TEST(RequestId, OtherContentIsRefused) {
  TestServer server;
  server.MustCreate(TestServer::GoodJob("r1"));
  v1::CreateJobRequest other = TestServer::GoodJob("r1");
  other.mutable_job()->set_priority(1);
  const auto answer = server.Create(other);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonOf(answer.status), "REQUEST_ID_REUSED");
}

TEST(RequestId, IsRememberedAcrossARestart) {
  TestServer server;
  const v1::Job first = server.MustCreate(TestServer::GoodJob("r1"));
  server.Restart();
  EXPECT_EQ(server.MustCreate(TestServer::GoodJob("r1")).id(), first.id());
  v1::CreateJobRequest other = TestServer::GoodJob("r1");
  other.mutable_job()->mutable_request()->set_path("/v1/embeddings");
  EXPECT_EQ(server.Create(other).status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST(RequestId, ARepetitionAfterTheDeadlineStillGivesTheJob) {
  TestServer server;
  v1::CreateJobRequest request = TestServer::GoodJob("r1");
  *request.mutable_job()->mutable_deadline() =
      ToTimestamp(server.clock().WallNow() + absl::Minutes(1));
  const v1::Job first = server.MustCreate(request);
  server.clock().Advance(absl::Minutes(2));
  EXPECT_EQ(server.MustCreate(request).id(), first.id());
  request.set_request_id("r2");
  const auto late = server.Create(request);
  EXPECT_EQ(late.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(late.status), "DEADLINE_PASSED");
}

TEST(RequestId, ConcurrentRepetitionsMakeOneJob) {
  TestServer server;
  std::vector<std::string> ids(16);
  std::vector<std::thread> threads;
  for (std::string& id : ids) {
    threads.emplace_back([&] { id = server.MustCreate(TestServer::GoodJob("same")).id(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& id : ids) EXPECT_EQ(id, ids[0]);
}

v1::BatchCreateJobsRequest BatchOf(int count) {
  v1::BatchCreateJobsRequest batch;
  for (int i = 0; i < count; ++i) {
    v1::CreateJobRequest& request = *batch.add_requests();
    request = TestServer::GoodJob(absl::StrCat("batch-", i));
    (*request.mutable_job()->mutable_labels())["place"] = absl::StrCat(i);
  }
  return batch;
}

TEST(BatchCreateJobs, CreatesAllInOrder) {
  TestServer server;
  const auto answer =
      TestServer::Ask(server.jobs(), &v1::JobService::Stub::BatchCreateJobs, BatchOf(1000));
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->jobs_size(), 1000);
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(answer->jobs(i).labels().at("place"), absl::StrCat(i));
    EXPECT_TRUE(ids.insert(answer->jobs(i).id()).second);
  }
}

TEST(BatchCreateJobs, OneWrongOneRefusesAll) {
  TestServer server;
  v1::BatchCreateJobsRequest batch = BatchOf(3);
  batch.mutable_requests(2)->mutable_job()->set_priority(77);
  const auto answer = TestServer::Ask(server.jobs(), &v1::JobService::Stub::BatchCreateJobs, batch);
  EXPECT_EQ(ViolationsOf(answer.status), (std::vector<std::string>{"requests[2].job.priority"}));
  EXPECT_EQ(server.Lease(TestServer::LeaseRequest())->jobs_size(), 0);
}

TEST(BatchCreateJobs, AReusedRequestIdRefusesAllAndIsNamed) {
  TestServer server;
  v1::CreateJobRequest earlier = TestServer::GoodJob("batch-1");
  earlier.mutable_job()->set_priority(5);
  server.MustCreate(earlier);
  const auto answer =
      TestServer::Ask(server.jobs(), &v1::JobService::Stub::BatchCreateJobs, BatchOf(3));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_TRUE(absl::StartsWith(answer.status.error_message(), "requests[1]: "))
      << answer.status.error_message();
  EXPECT_EQ(ReasonOf(answer.status), "REQUEST_ID_REUSED");
  EXPECT_EQ(server.Lease(TestServer::LeaseRequest())->jobs_size(), 1) << "the earlier one alone";
}

TEST(BatchCreateJobs, JobsThatHaveEndedAreGivenAsTheyAreAndTheOthersCreated) {
  TestServer server;
  const v1::Job ended = server.MustSucceed(TestServer::GoodJob("r1"));
  const v1::Job failed = server.MustFail(TestServer::GoodJob("r2"));
  v1::BatchCreateJobsRequest batch;
  for (const char* id : {"new", "r1", "r2", "r1"}) {
    *batch.add_requests() = TestServer::GoodJob(id);
  }
  const auto answer = TestServer::Ask(server.jobs(), &v1::JobService::Stub::BatchCreateJobs, batch);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->jobs_size(), 4);
  EXPECT_EQ(answer->jobs(0).state(), v1::JOB_STATE_PENDING);
  EXPECT_EQ(answer->jobs(1).id(), ended.id());
  EXPECT_EQ(answer->jobs(1).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(answer->jobs(2).id(), failed.id());
  EXPECT_EQ(answer->jobs(3).id(), ended.id());
}

TEST(BatchCreateJobs, RepeatedItGivesTheSameJobs) {
  TestServer server;
  const auto ask = [&](const v1::BatchCreateJobsRequest& batch) {
    return TestServer::Ask(server.jobs(), &v1::JobService::Stub::BatchCreateJobs, batch);
  };
  const auto first = ask(BatchOf(3));
  const auto again = ask(BatchOf(5));
  ASSERT_TRUE(first.ok() && again.ok());
  ASSERT_EQ(again->jobs_size(), 5);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(again->jobs(i).id(), first->jobs(i).id());
  EXPECT_NE(again->jobs(4).id(), again->jobs(3).id());
  EXPECT_EQ(again->jobs(0).state(), v1::JOB_STATE_PENDING);
}

TEST(BatchCreateJobs, HasBoundsAndOneMode) {
  TestServer server;
  const auto ask = [&](const v1::BatchCreateJobsRequest& batch) {
    return TestServer::Ask(server.jobs(), &v1::JobService::Stub::BatchCreateJobs, batch).status;
  };
  EXPECT_EQ(ViolationsOf(ask(BatchOf(0))), (std::vector<std::string>{"requests"}));
  EXPECT_EQ(ViolationsOf(ask(BatchOf(1001))), (std::vector<std::string>{"requests"}));
  v1::BatchCreateJobsRequest mixed = BatchOf(2);
  mixed.mutable_requests(1)->set_validate_only(true);
  EXPECT_EQ(ViolationsOf(ask(mixed)), (std::vector<std::string>{"requests[1].validate_only"}));
}

}  // namespace
}  // namespace lull
