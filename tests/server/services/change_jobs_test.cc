// CancelJobs, UpdateJob, DeleteJob and PurgeJobs over a real channel, store and engine.
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

constexpr char kTwoClasses[] = R"(
classes:
  - name: standard
  - name: urgent
)";

// ---- CancelJobs

v1::CancelJobsRequest CancelIds(const Texts& ids) {
  v1::CancelJobsRequest request;
  request.mutable_jobs();
  for (const std::string& id : ids) request.mutable_jobs()->add_job_ids(id);
  return request;
}

v1::CancelJobsRequest CancelFilter(const std::string& filter) {
  v1::CancelJobsRequest request;
  request.set_filter(filter);
  return request;
}

TEST(CancelJobs, ByIdsPassesOverWhatHasEndedOrIsNotThere) {
  TestServer server;
  const std::string ended = server.MustSucceed().id();
  const std::string running = server.MustCreate().id();
  const v1::LeasedJob leased = server.MustLease();
  const std::string pending = server.MustCreate().id();
  const auto answer = server.AskJobs(
      &Stub::CancelJobs,
      CancelIds({pending, ended, "nonsense", running, "00000000-0000-7000-8000-000000000000"}));
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  EXPECT_EQ(answer->cancelled_count(), 2);
  EXPECT_EQ(answer->skipped_count(), 3);
  EXPECT_EQ(answer->next_page_token(), "");
  EXPECT_EQ(server.Get(pending)->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(server.Get(running)->state(), v1::JOB_STATE_CANCELLING);
  EXPECT_EQ(server.Get(ended)->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(server.Renew({leased.lease_token()})->statuses(0), v1::LEASE_STATUS_CANCEL);
}

TEST(CancelJobs, ByFilterTakesWhatTheFilterMeansAndNothingElse) {
  TestServer server(kTwoClasses);
  v1::CreateJobRequest urgent = TestServer::GoodJob();
  urgent.mutable_job()->set_class_name("urgent");
  const std::string kept = server.MustCreate(urgent).id();
  server.MustCreateMany(3000);
  const auto answer = server.AskJobs(&Stub::CancelJobs, CancelFilter("class = standard"));
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  EXPECT_EQ(answer->cancelled_count(), 3000);
  EXPECT_EQ(answer->skipped_count(), 0);
  EXPECT_EQ(server.Get(kept)->state(), v1::JOB_STATE_PENDING);
  const auto again = server.AskJobs(&Stub::CancelJobs, CancelFilter("class = standard"));
  EXPECT_EQ(again->cancelled_count(), 0);
  EXPECT_EQ(again->skipped_count(), 3000);
}

TEST(CancelJobs, LooksAtABoundedNumberOfJobsAndGoesOnByToken) {
  TestServer server;
  server.MustCreateMany(12'000);
  v1::CancelJobsRequest request = CancelFilter("state = PENDING");
  const auto first = server.AskJobs(&Stub::CancelJobs, request);
  EXPECT_EQ(first->cancelled_count(), 10'000);
  ASSERT_NE(first->next_page_token(), "");
  request.set_page_token(first->next_page_token());
  const auto second = server.AskJobs(&Stub::CancelJobs, request);
  EXPECT_EQ(second->cancelled_count(), 2'000);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST(CancelJobs, SaysWhatIsWrong) {
  TestServer server;
  const auto violations = [&](const v1::CancelJobsRequest& request) {
    return ViolationsOf(server.AskJobs(&Stub::CancelJobs, request).status);
  };
  EXPECT_EQ(violations({}), (Texts{"selector"}));
  EXPECT_EQ(violations(CancelIds({})), (Texts{"jobs.job_ids"}));
  EXPECT_EQ(violations(CancelIds(Texts(1001, "x"))), (Texts{"jobs.job_ids"}));
  EXPECT_EQ(violations(CancelFilter("")), (Texts{"filter"}));
  EXPECT_EQ(violations(CancelFilter("state")), (Texts{"filter"}));
  v1::CancelJobsRequest request = CancelIds({"x"});
  request.set_page_token("y");
  EXPECT_EQ(violations(request), (Texts{"page_token"}));
}

// ---- UpdateJob

v1::UpdateJobRequest Update(const std::string& id, const Texts& paths) {
  v1::UpdateJobRequest request;
  request.mutable_job()->set_id(id);
  for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
  return request;
}

TEST(UpdateJob, ChangesWhatTheMaskNamesAndNothingElse) {
  TestServer server(kTwoClasses);
  v1::CreateJobRequest create = TestServer::GoodJob();
  (*create.mutable_job()->mutable_labels())["team"] = "a";
  create.mutable_job()->set_priority(2);
  const v1::Job created = server.MustCreate(create);

  v1::UpdateJobRequest request = Update(created.id(), {"labels", "class_name", "deadline"});
  (*request.mutable_job()->mutable_labels())["team"] = "b";
  request.mutable_job()->set_class_name("urgent");
  request.mutable_job()->set_priority(9);  // not named
  const absl::Time deadline = server.clock().WallNow() + absl::Minutes(7);
  *request.mutable_job()->mutable_deadline() = ToTimestamp(deadline);
  const auto updated = server.AskJobs(&Stub::UpdateJob, request);
  ASSERT_TRUE(updated.ok()) << updated.status.error_message();
  EXPECT_EQ(updated->labels().at("team"), "b");
  EXPECT_EQ(updated->create_labels().at("team"), "a");
  EXPECT_EQ(updated->class_name(), "urgent");
  EXPECT_EQ(updated->priority(), 2);
  EXPECT_EQ(*FromTimestamp(updated->deadline()), deadline);

  const v1::Job before = server.Get(created.id()).reply;
  server.Restart();
  const auto after = server.Get(created.id());
  EXPECT_EQ(after->labels().at("team"), "b");
  EXPECT_EQ(after->class_name(), before.class_name());
  EXPECT_EQ(*FromTimestamp(after->deadline()), deadline);

  v1::ListJobsRequest list;
  list.set_filter("labels.team = b AND class = urgent");
  EXPECT_EQ(server.AskJobs(&Stub::ListJobs, list)->jobs_size(), 1);
  server.clock().Advance(absl::Minutes(7));
  EXPECT_EQ(server.Wait(created.id(), absl::Seconds(20))->state(), v1::JOB_STATE_EXPIRED);
  EXPECT_EQ(server.Get(created.id())->labels().at("team"), "b");
}

TEST(UpdateJob, LabelsCanBeTakenAwayAndPriorityBeSetTo0) {
  TestServer server;
  v1::CreateJobRequest create = TestServer::GoodJob();
  (*create.mutable_job()->mutable_labels())["team"] = "a";
  create.mutable_job()->set_priority(5);
  const std::string id = server.MustCreate(create).id();
  const auto updated =
      server.AskJobs(&Stub::UpdateJob, Update(id, {"labels", "priority", "labels"}));
  ASSERT_TRUE(updated.ok()) << updated.status.error_message();
  EXPECT_EQ(updated->labels_size(), 0);
  EXPECT_EQ(updated->create_labels_size(), 1);
  EXPECT_EQ(updated->priority(), 0);
}

TEST(UpdateJob, OnlyAPendingJobCanBeChanged) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const v1::LeasedJob leased = server.MustLease();
  auto refused = server.AskJobs(&Stub::UpdateJob, Update(id, {"priority"}));
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(refused.status), "JOB_NOT_PENDING");
  EXPECT_TRUE(absl::StrContains(refused.status.error_message(), "JOB_STATE_RUNNING"));
  ASSERT_TRUE(server.Finish(TestServer::Success(leased.lease_token())).ok());
  refused = server.AskJobs(&Stub::UpdateJob, Update(id, {"priority"}));
  EXPECT_EQ(ReasonOf(refused.status), "JOB_NOT_PENDING");
  EXPECT_TRUE(absl::StrContains(refused.status.error_message(), "JOB_STATE_SUCCEEDED"));
}

TEST(UpdateJob, SaysAllThatIsWrongAtOnce) {
  TestServer server(kTwoClasses);
  const std::string id = server.MustCreate().id();
  const auto violations = [&](const v1::UpdateJobRequest& request) {
    const auto answer = server.AskJobs(&Stub::UpdateJob, request);
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return ViolationsOf(answer.status);
  };
  EXPECT_EQ(violations({}), (Texts{"job", "update_mask"}));
  EXPECT_EQ(violations(Update(id, {})), (Texts{"update_mask"}));
  EXPECT_EQ(violations(Update(id, {"state", "request.body"})),
            (Texts{"update_mask", "update_mask"}));
  EXPECT_EQ(violations(Update(id, {"*"})), (Texts{"update_mask"}));
  EXPECT_EQ(violations(Update(id, {"deadline"})), (Texts{"job.deadline"})) << "there is always one";

  v1::UpdateJobRequest request = Update(id, {"class_name", "priority", "deadline", "labels"});
  request.mutable_job()->set_class_name("nonsense");
  request.mutable_job()->set_priority(10);
  request.mutable_job()->mutable_deadline()->set_seconds(1);
  (*request.mutable_job()->mutable_labels())["no space"] = "x";
  EXPECT_EQ(violations(request),
            (Texts{"job.class_name", "job.priority", "job.deadline", "job.labels"}));
  *request.mutable_job()->mutable_deadline() =
      ToTimestamp(server.clock().WallNow() + absl::Hours(24 * 400));
  EXPECT_EQ(violations(request).size(), 4u);

  const auto unknown = server.AskJobs(&Stub::UpdateJob, Update(id, {"tenant"}));
  EXPECT_TRUE(absl::StrContains(unknown.status.error_message(),
                                "names \"tenant\"; only class_name, priority, deadline and labels"))
      << unknown.status.error_message();
}

TEST(UpdateJob, ADeadlineBeforeTheScheduledStartIsRefused) {
  TestServer server;
  v1::CreateJobRequest create = TestServer::GoodJob();
  *create.mutable_job()->mutable_schedule_time() =
      ToTimestamp(server.clock().WallNow() + absl::Hours(1));
  const std::string id = server.MustCreate(create).id();
  v1::UpdateJobRequest request = Update(id, {"deadline"});
  *request.mutable_job()->mutable_deadline() =
      ToTimestamp(server.clock().WallNow() + absl::Minutes(30));
  const auto refused = server.AskJobs(&Stub::UpdateJob, request);
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(refused.status), "DEADLINE_BEFORE_SCHEDULE");
}

// ---- DeleteJob

grpc::Status Delete(TestServer& server, const std::string& id) {
  v1::DeleteJobRequest request;
  request.set_job_id(id);
  return server.AskJobs(&Stub::DeleteJob, request).status;
}

TEST(DeleteJob, AJobThatHasEndedIsGoneAlsoAfterARestart) {
  TestServer server;
  const v1::Job job = server.MustSucceed();
  const std::string other = server.MustSucceed().id();
  ASSERT_TRUE(Delete(server, job.id()).ok());
  for (const bool restarted : {false, true}) {
    if (restarted) server.Restart();
    EXPECT_EQ(server.Get(job.id()).status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(ReasonOf(server.Wait(job.id(), absl::ZeroDuration()).status), "JOB_NOT_FOUND");
    EXPECT_EQ(ReasonOf(Delete(server, job.id())), "JOB_NOT_FOUND");
    EXPECT_TRUE(server.Get(other).ok());
  }
  const auto left = server.AskJobs(&Stub::ListJobs, v1::ListJobsRequest());
  EXPECT_EQ(left->jobs_size(), 1);
}

TEST(DeleteJob, OneThatHasNotEndedIsRefused) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const grpc::Status refused = Delete(server, id);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(refused), "JOB_NOT_ENDED");
  EXPECT_TRUE(absl::StrContains(refused.error_message(), "JOB_STATE_PENDING"));
  ASSERT_TRUE(server.Cancel(id).ok());
  EXPECT_TRUE(Delete(server, id).ok());
}

TEST(DeleteJob, ItsRequestIdStaysUsedAndSaysSo) {
  TestServer server;
  const v1::Job job = server.MustSucceed(TestServer::GoodJob("r1"));
  ASSERT_TRUE(Delete(server, job.id()).ok());
  for (const bool restarted : {false, true}) {
    if (restarted) server.Restart();
    const auto again = server.Create(TestServer::GoodJob("r1"));
    EXPECT_EQ(again.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
    EXPECT_EQ(ReasonOf(again.status), "REQUEST_JOB_DELETED");
    EXPECT_TRUE(absl::StrContains(again.status.error_message(), "another request_id"));
    v1::BatchCreateJobsRequest batch;
    *batch.add_requests() = TestServer::GoodJob("new");
    *batch.add_requests() = TestServer::GoodJob("r1");
    const grpc::Status refused = server.AskJobs(&Stub::BatchCreateJobs, batch).status;
    EXPECT_EQ(ReasonOf(refused), "REQUEST_JOB_DELETED");
    EXPECT_TRUE(absl::StartsWith(refused.error_message(), "requests[1]: "))
        << refused.error_message();
    EXPECT_EQ(server.Lease(TestServer::LeaseRequest())->jobs_size(), 0) << "none was created";
  }
}

TEST(DeleteJob, ALateReportForItIsStale) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const v1::AttemptResult result = TestServer::Success(server.MustLease().lease_token());
  ASSERT_TRUE(server.Finish(result).ok());
  EXPECT_EQ(server.Finish(result)->results(0).status(), v1::REPORT_STATUS_ACCEPTED);
  ASSERT_TRUE(Delete(server, id).ok());
  EXPECT_EQ(server.Finish(result)->results(0).status(), v1::REPORT_STATUS_STALE);
}

// ---- PurgeJobs

v1::PurgeJobsRequest Purge(const std::string& filter, bool force) {
  v1::PurgeJobsRequest request;
  request.set_filter(filter);
  request.set_force(force);
  return request;
}

TEST(PurgeJobs, WithoutForceSaysWhatWouldGo) {
  TestServer server;
  const std::string kept = server.MustCreate().id();
  const std::vector<std::string> ids = server.MustCreateMany(150);
  v1::CancelJobsRequest cancel = CancelIds(ids);
  ASSERT_EQ(server.AskJobs(&Stub::CancelJobs, cancel)->cancelled_count(), 150);
  const auto answer = server.AskJobs(&Stub::PurgeJobs, Purge("class = standard", false));
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  EXPECT_EQ(answer->purge_count(), 150);
  ASSERT_EQ(answer->purge_sample_size(), 100);
  EXPECT_EQ(answer->purge_sample(0), ids.back());
  EXPECT_TRUE(server.Get(ids[0]).ok()) << "nothing was deleted";
  EXPECT_EQ(server.AskJobs(&Stub::PurgeJobs, Purge("state = PENDING", true))->purge_count(), 0);
  EXPECT_TRUE(server.Get(kept).ok());
}

TEST(PurgeJobs, WithForceDeletesManyPageByPage) {
  TestServer server;
  const std::string kept = server.MustCreate().id();
  const std::vector<std::string> ids = server.MustCreateMany(12'000);
  const auto cancel_all = [&](v1::CancelJobsRequest request) {
    auto answer = server.AskJobs(&Stub::CancelJobs, request);
    request.set_page_token(answer->next_page_token());
    answer = server.AskJobs(&Stub::CancelJobs, request);
    EXPECT_EQ(answer->next_page_token(), "");
  };
  cancel_all(CancelFilter("state = PENDING"));
  const std::string pending = server.MustCreate().id();
  v1::PurgeJobsRequest request = Purge("state = CANCELLED", true);
  const auto first = server.AskJobs(&Stub::PurgeJobs, request);
  ASSERT_TRUE(first.ok()) << first.status.error_message();
  EXPECT_EQ(first->purge_count(), 9'999) << "it looked at the pending one too";
  EXPECT_EQ(first->purge_sample_size(), 0);
  ASSERT_NE(first->next_page_token(), "");
  request.set_page_token(first->next_page_token());
  const auto second = server.AskJobs(&Stub::PurgeJobs, request);
  EXPECT_EQ(second->purge_count(), 2'002);
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(server.Get(ids[0]).status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(server.Get(kept).status.error_code(), grpc::StatusCode::NOT_FOUND);
  server.Restart();
  const auto left = server.AskJobs(&Stub::ListJobs, v1::ListJobsRequest());
  ASSERT_EQ(left->jobs_size(), 1);
  EXPECT_EQ(left->jobs(0).id(), pending);
}

TEST(PurgeJobs, NeedsAFilter) {
  TestServer server;
  const auto violations = [&](const std::string& filter) {
    return ViolationsOf(server.AskJobs(&Stub::PurgeJobs, Purge(filter, true)).status);
  };
  EXPECT_EQ(violations(""), (Texts{"filter"}));
  EXPECT_EQ(violations("  "), (Texts{"filter"}));
  EXPECT_EQ(violations("state == FAILED"), (Texts{"filter"}));
}

}  // namespace
}  // namespace lull
