// RetryJob and RetryJobs over a real channel, store and engine.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/api/proto_time.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using Texts = std::vector<std::string>;
using Stub = v1::JobService::Stub;

Answer<v1::Job> Retry(TestServer& server, const std::string& id,
                      const std::string& request_id = "") {
  v1::RetryJobRequest request;
  request.set_job_id(id);
  request.set_request_id(request_id);
  return server.AskJobs(&Stub::RetryJob, request);
}

Answer<v1::RetryJobsResponse> RetryIds(TestServer& server, const Texts& ids) {
  v1::RetryJobsRequest request;
  for (const std::string& id : ids) request.mutable_jobs()->add_job_ids(id);
  return server.AskJobs(&Stub::RetryJobs, request);
}

Answer<v1::RetryJobsResponse> RetryFilter(TestServer& server, const std::string& filter,
                                          const std::string& page_token = "") {
  v1::RetryJobsRequest request;
  request.set_filter(filter);
  request.set_page_token(page_token);
  return server.AskJobs(&Stub::RetryJobs, request);
}

void CancelAll(TestServer& server) {
  v1::CancelJobsRequest request;
  request.set_filter("state = PENDING");
  EXPECT_TRUE(server.AskJobs(&Stub::CancelJobs, request).ok());
}

TEST(RetryJob, MakesANewJobThatIsEqualToTheOldOne) {
  TestServer server;
  v1::CreateJobRequest create = TestServer::GoodJob("first");
  v1::Job& job = *create.mutable_job();
  job.set_priority(4);
  (*job.mutable_labels())["team"] = "a";
  job.mutable_ttl()->set_seconds(600);
  job.set_max_attempts(7);
  const std::string old = server.MustFail(create).id();
  server.clock().Advance(absl::Minutes(5));

  const auto answer = Retry(server, old);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  const auto retry = server.Get(answer->id());
  EXPECT_NE(retry->id(), old);
  EXPECT_EQ(retry->retry_of(), old);
  EXPECT_EQ(answer->retry_of(), old);
  EXPECT_EQ(retry->state(), v1::JOB_STATE_PENDING);
  EXPECT_EQ(retry->priority(), 4);
  EXPECT_EQ(retry->max_attempts(), 7);
  EXPECT_EQ(retry->attempt_count(), 0);
  EXPECT_EQ(retry->labels().at("team"), "a");
  EXPECT_EQ(retry->create_labels().at("team"), "a");
  EXPECT_EQ(retry->request().body(), job.request().body());
  EXPECT_EQ(*FromTimestamp(retry->create_time()), server.clock().WallNow());
  EXPECT_EQ(*FromTimestamp(retry->deadline()), server.clock().WallNow() + absl::Minutes(10))
      << "as much time as the old one had";
  EXPECT_EQ(server.Get(old)->state(), v1::JOB_STATE_FAILED) << "the old one is history";
  EXPECT_TRUE(server.Finish(TestServer::Success(server.MustLease().lease_token())).ok());
  EXPECT_EQ(server.Get(retry->id())->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(server.Get(retry->id())->retry_of(), old);
}

TEST(RetryJob, OfACancelledOneThatWasScheduledAndUpdatedStartsAtOnce) {
  TestServer server;
  v1::CreateJobRequest create = TestServer::GoodJob();
  *create.mutable_job()->mutable_schedule_time() =
      ToTimestamp(server.clock().WallNow() + absl::Hours(2));
  create.mutable_job()->mutable_ttl()->set_seconds(3600);
  (*create.mutable_job()->mutable_labels())["team"] = "a";
  const std::string old = server.MustCreate(create).id();
  v1::UpdateJobRequest update;
  update.mutable_job()->set_id(old);
  update.mutable_job()->set_priority(8);
  (*update.mutable_job()->mutable_labels())["team"] = "b";
  update.mutable_update_mask()->add_paths("priority");
  update.mutable_update_mask()->add_paths("labels");
  ASSERT_TRUE(server.AskJobs(&Stub::UpdateJob, update).ok());
  ASSERT_TRUE(server.Cancel(old).ok());
  const auto retry = Retry(server, old);
  ASSERT_TRUE(retry.ok()) << retry.status.error_message();
  EXPECT_EQ(retry->priority(), 8);
  EXPECT_EQ(retry->labels().at("team"), "a") << "what its watchers select by";
  EXPECT_FALSE(retry->has_schedule_time());
  EXPECT_EQ(*FromTimestamp(retry->deadline()), server.clock().WallNow() + absl::Hours(1));
  EXPECT_EQ(server.MustLease().job_id(), retry->id());
}

TEST(RetryJob, OnlyWhatEndedWithoutAnAnswerCanBeRetried) {
  TestServer server;
  const std::string succeeded = server.MustSucceed().id();
  const std::string pending = server.MustCreate().id();
  for (const auto& [id, state] :
       {std::pair(succeeded, "JOB_STATE_SUCCEEDED"), std::pair(pending, "JOB_STATE_PENDING")}) {
    const auto refused = Retry(server, id);
    EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(ReasonOf(refused.status), "JOB_NOT_RETRYABLE");
    EXPECT_TRUE(absl::StrContains(refused.status.error_message(), state));
  }
  EXPECT_EQ(ViolationsOf(Retry(server, succeeded, std::string(129, 'x')).status),
            (Texts{"request_id"}));
}

TEST(RetryJob, ARequestIdMakesItSafeToRepeat) {
  TestServer server;
  const std::string a = server.MustFail().id();
  const std::string b = server.MustFail().id();
  const std::string retry = Retry(server, a, "r1")->id();
  ASSERT_NE(retry, "");
  server.Restart();
  EXPECT_EQ(Retry(server, a, "r1")->id(), retry);
  EXPECT_EQ(ReasonOf(Retry(server, b, "r1").status), "REQUEST_ID_REUSED");
  EXPECT_EQ(ReasonOf(server.Create(TestServer::GoodJob("r1")).status), "REQUEST_ID_REUSED");
  EXPECT_NE(Retry(server, a)->id(), retry) << "without one every call makes a job";

  ASSERT_TRUE(server.Cancel(retry).ok());
  v1::DeleteJobRequest remove;
  remove.set_job_id(retry);
  ASSERT_TRUE(server.AskJobs(&Stub::DeleteJob, remove).ok());
  EXPECT_EQ(ReasonOf(Retry(server, a, "r1").status), "REQUEST_JOB_DELETED");
}

TEST(RetryJobs, ByIdsPassesOverWhatCannotBeRetried) {
  TestServer server;
  const std::string failed = server.MustFail().id();
  const std::string succeeded = server.MustSucceed().id();
  const std::string pending = server.MustCreate().id();
  const auto answer = RetryIds(server, {succeeded, failed, "nonsense", pending, failed});
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->retried_size(), 1) << "naming it twice retries it once";
  EXPECT_EQ(answer->skipped_count(), 4);
  EXPECT_EQ(answer->retried(0).job_id(), failed);
  EXPECT_EQ(server.Get(answer->retried(0).new_job_id())->retry_of(), failed);
}

TEST(RetryJobs, ByIdsSaysWhatWasRetriedAndWhatNotWhereTheQueueGetsFull) {
  TestServer server("limits: {max_live_jobs: 2}\n");
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(server.MustFail().id());
  const std::string waiting = server.MustCreate().id();
  const auto answer = RetryIds(server, {ids[0], "nonsense", ids[1], ids[2], ids[3]});
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->retried_size(), 1);
  EXPECT_EQ(answer->retried(0).job_id(), ids[0]);
  EXPECT_EQ(server.Get(answer->retried(0).new_job_id())->retry_of(), ids[0]);
  EXPECT_EQ(answer->skipped_count(), 1);
  EXPECT_EQ(
      std::vector<std::string>(answer->refused_job_ids().begin(), answer->refused_job_ids().end()),
      (std::vector<std::string>{ids[1], ids[2], ids[3]}));
  EXPECT_EQ(answer->refusal().code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto full = RetryIds(server, {ids[1], ids[2]});
  EXPECT_EQ(ReasonOf(full.status), "QUEUE_FULL") << "nothing was done: it is an error";

  ASSERT_TRUE(server.Cancel(waiting).ok());
  const auto rest = RetryIds(server, {ids[1], ids[2], ids[3]});
  ASSERT_TRUE(rest.ok()) << rest.status.error_message();
  EXPECT_EQ(rest->retried(0).job_id(), ids[1]);
}

// The chunks that were not even read are named too.
TEST(RetryJobs, ByIdsNamesAlsoWhatItDidNotComeTo) {
  TestServer server("limits: {max_live_jobs: 4}\n");
  v1::CreateJobRequest large = TestServer::GoodJob();
  large.mutable_job()->mutable_request()->set_body(
      absl::StrCat(R"({"model":"m1","text":")", std::string(3'000'000, 'x'), "\"}"));
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(server.MustFail(large).id());
  for (int i = 0; i < 3; ++i) server.MustCreate();
  const auto answer = RetryIds(server, ids);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  ASSERT_EQ(answer->retried_size(), 1);
  EXPECT_EQ(answer->refused_job_ids_size(), 5);
  EXPECT_EQ(answer->refused_job_ids(4), ids[5]);
}

TEST(RetryJobs, PassesOverWhatWasRetriedAlreadyByWhicheverCall) {
  TestServer server;
  const std::string first = server.MustFail().id();
  const std::string second = server.MustFail().id();
  ASSERT_TRUE(Retry(server, first).ok());
  auto answer = RetryFilter(server, "state = FAILED");
  ASSERT_EQ(answer->retried_size(), 1);
  EXPECT_EQ(answer->retried(0).job_id(), second);
  EXPECT_EQ(answer->skipped_count(), 1);
  server.Restart();
  answer = RetryFilter(server, "state = FAILED");
  EXPECT_EQ(answer->retried_size(), 0);
  EXPECT_EQ(answer->skipped_count(), 2);
}

TEST(RetryJobs, ManyGoPageByPage) {
  TestServer server;
  const std::vector<std::string> ids = server.MustCreateMany(2'300);
  CancelAll(server);
  std::set<std::string> old;
  std::set<std::string> fresh;
  std::string token;
  int pages = 0;
  do {
    const auto page = RetryFilter(server, "state = CANCELLED", token);
    ASSERT_TRUE(page.ok()) << page.status.error_message();
    EXPECT_LE(page->retried_size(), 1000);
    EXPECT_EQ(page->skipped_count(), 0);
    for (const v1::RetriedJob& retried : page->retried()) {
      old.insert(retried.job_id());
      fresh.insert(retried.new_job_id());
    }
    token = page->next_page_token();
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(old, std::set<std::string>(ids.begin(), ids.end()));
  EXPECT_EQ(fresh.size(), 2'300u);
}

TEST(RetryJobs, LargeOnesGoInSmallerPages) {
  TestServer server;
  v1::CreateJobRequest large = TestServer::GoodJob();
  large.mutable_job()->mutable_request()->set_body(
      absl::StrCat(R"({"model":"m1","text":")", std::string(4'000'000, 'x'), "\"}"));
  for (int i = 0; i < 20; ++i) server.MustCreate(large);
  CancelAll(server);
  const auto first = RetryFilter(server, "state = CANCELLED");
  ASSERT_TRUE(first.ok()) << first.status.error_message();
  EXPECT_LT(first->retried_size(), 20) << "of 80 MB";
  ASSERT_NE(first->next_page_token(), "");
  const auto second = RetryFilter(server, "state = CANCELLED", first->next_page_token());
  EXPECT_EQ(first->retried_size() + second->retried_size(), 20);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST(RetryJobs, AFullQueueEndsThePageWhereItGotFull) {
  TestServer server(R"(
limits:
  max_live_jobs: 10
)");
  const std::vector<std::string> first = server.MustCreateMany(10);
  CancelAll(server);
  const std::vector<std::string> second = server.MustCreateMany(7);
  const auto page = RetryFilter(server, "state = CANCELLED");
  ASSERT_TRUE(page.ok()) << page.status.error_message();
  EXPECT_EQ(page->retried_size(), 3);
  EXPECT_EQ(page->retried(0).job_id(), first.back());
  ASSERT_NE(page->next_page_token(), "");
  const auto full = RetryFilter(server, "state = CANCELLED", page->next_page_token());
  EXPECT_EQ(full.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(full.status), "QUEUE_FULL");
  v1::CancelJobsRequest cancel;
  for (const std::string& id : second) cancel.mutable_jobs()->add_job_ids(id);
  ASSERT_EQ(server.AskJobs(&Stub::CancelJobs, cancel)->cancelled_count(), 7);
  const auto rest = RetryFilter(server, "state = CANCELLED", page->next_page_token());
  ASSERT_TRUE(rest.ok()) << rest.status.error_message();
  EXPECT_EQ(rest->retried_size(), 7);
  EXPECT_EQ(rest->next_page_token(), "");
}

TEST(RetryJobs, SaysWhatIsWrong) {
  TestServer server;
  EXPECT_EQ(ViolationsOf(server.AskJobs(&Stub::RetryJobs, v1::RetryJobsRequest()).status),
            (Texts{"selector"}));
  EXPECT_EQ(ViolationsOf(RetryFilter(server, "").status), (Texts{"filter"}));
  EXPECT_EQ(ViolationsOf(RetryIds(server, Texts(1001, "x")).status), (Texts{"jobs.job_ids"}));
}

}  // namespace
}  // namespace lull
