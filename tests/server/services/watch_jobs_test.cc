// WatchJobs and ReportProgress over real gRPC, engine and store.
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/http/socket_client.h"
#include "tests/server/test_server.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

v1::WatchJobsRequest ByLabel(const std::string& value = "ours") {
  v1::WatchJobsRequest request;
  (*request.mutable_create_labels()->mutable_labels())["team"] = value;
  return request;
}

v1::WatchJobsRequest ByIds(const std::vector<std::string>& ids) {
  v1::WatchJobsRequest request;
  request.mutable_jobs()->mutable_job_ids()->Add(ids.begin(), ids.end());
  return request;
}

v1::CreateJobRequest Labelled(const std::string& value = "ours", bool stream = false) {
  v1::CreateJobRequest request = TestServer::GoodJob();
  (*request.mutable_job()->mutable_labels())["team"] = value;
  if (stream) {
    request.mutable_job()->mutable_request()->set_body(
        R"({"model":"m1","stream":true,"messages":[]})");
  }
  return request;
}

// One stream, read by the test's thread.
class Watch {
 public:
  Watch(TestServer& server, const v1::WatchJobsRequest& request)
      : stub_(v1::JobService::NewStub(server.NewChannel())) {
    TestServer::SetDeadline(&context_, absl::Seconds(60));
    reader_ = stub_->WatchJobs(&context_, request);
  }
  ~Watch() { Cancel(); }

  // The next message; an empty one where the stream has ended.
  v1::WatchJobsResponse Next() {
    v1::WatchJobsResponse message;
    if (!reader_->Read(&message)) message.Clear();
    return message;
  }
  // The jobs of the snapshot, whole.
  std::map<std::string, v1::Job> Snapshot() {
    std::map<std::string, v1::Job> jobs;
    while (true) {
      const v1::WatchJobsResponse message = Next();
      if (!message.has_snapshot()) {
        EXPECT_TRUE(message.has_synced()) << message.ShortDebugString();
        synced_ = message.synced().seq();
        return jobs;
      }
      for (const v1::Job& job : message.snapshot().jobs()) {
        EXPECT_TRUE(jobs.emplace(job.id(), job).second) << job.id() << " twice";
      }
    }
  }
  int64_t synced() const { return synced_; }
  std::vector<v1::JobEvent> Events(size_t count) {
    std::vector<v1::JobEvent> events;
    while (events.size() < count) {
      const v1::WatchJobsResponse message = Next();
      if (!message.has_events()) break;
      events.insert(events.end(), message.events().events().begin(),
                    message.events().events().end());
    }
    return events;
  }
  grpc::Status Finish() { return reader_->Finish(); }
  void Cancel() { context_.TryCancel(); }

 private:
  const std::unique_ptr<v1::JobService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchJobsResponse>> reader_;
  int64_t synced_ = -1;
};

std::vector<v1::JobEventType> TypesOf(const std::vector<v1::JobEvent>& events) {
  std::vector<v1::JobEventType> types;
  for (const v1::JobEvent& event : events) types.push_back(event.type());
  return types;
}

// Whether the metrics have that line.
bool Shows(TestServer& server, const std::string& line) {
  const std::string& address = server.server().http_address();
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  SocketClient client(port);
  return absl::StrContains(client.Call("GET", "/metrics").body, "\n" + line);
}

TEST(WatchJobs, ShowsWhatThereIsAndTellsWhatHappens) {
  TestServer server;
  const v1::Job job = server.MustCreate(Labelled());
  server.MustCreate(Labelled("others"));
  Watch watch(server, ByLabel());
  const auto jobs = watch.Snapshot();
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs.begin()->first, job.id());
  EXPECT_EQ(jobs.begin()->second.state(), v1::JOB_STATE_PENDING);

  v1::LeaseJobsRequest lease = TestServer::LeaseRequest();
  lease.set_max_jobs(2);
  const auto leased = server.Lease(lease);
  ASSERT_EQ(leased->jobs_size(), 2);
  for (const v1::LeasedJob& each : leased->jobs()) {
    ASSERT_TRUE(server.Finish(TestServer::Success(each.lease_token())).ok());
  }
  const std::vector<v1::JobEvent> events = watch.Events(2);
  ASSERT_THAT(TypesOf(events), ElementsAre(v1::JOB_EVENT_TYPE_STARTED, v1::JOB_EVENT_TYPE_ENDED));
  EXPECT_EQ(events[0].job_id(), job.id());
  EXPECT_GT(events[0].seq(), watch.synced());
  EXPECT_EQ(events[1].state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(events[1].create_labels().at("team"), "ours");
  EXPECT_FALSE(events[1].has_response());
}

TEST(WatchJobs, ResumesAfterANumberAcrossARestart) {
  TestServer server;
  const v1::Job job = server.MustCreate(Labelled());
  int64_t seen = 0;
  {
    v1::WatchJobsRequest request = ByLabel();
    request.set_resume_after(0);
    Watch watch(server, request);
    const std::vector<v1::JobEvent> events = watch.Events(1);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].type(), v1::JOB_EVENT_TYPE_CREATED);
    seen = events[0].seq();
  }
  server.Cancel(job.id());
  server.Restart();
  v1::WatchJobsRequest request = ByLabel();
  request.set_resume_after(seen);
  Watch watch(server, request);
  const std::vector<v1::JobEvent> events = watch.Events(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].seq(), seen + 1);
  EXPECT_EQ(events[0].type(), v1::JOB_EVENT_TYPE_ENDED);
  EXPECT_EQ(events[0].state(), v1::JOB_STATE_CANCELLED);
  // And goes on with what happens now.
  server.MustCreate(Labelled());
  EXPECT_EQ(watch.Events(1)[0].type(), v1::JOB_EVENT_TYPE_CREATED);
}

TEST(WatchJobs, EndsWithOkWhenAllNamedJobsHaveEndedAndBringsTheAnswers) {
  TestServer server;
  const v1::Job a = server.MustCreate();
  ASSERT_TRUE(
      server.Finish(TestServer::Success(server.MustLease().lease_token(), "{\"a\":1}")).ok());
  const v1::Job b = server.MustCreate();
  v1::WatchJobsRequest request = ByIds({a.id(), b.id()});
  request.set_include_response(true);
  request.set_until_terminal(true);
  Watch watch(server, request);
  const auto jobs = watch.Snapshot();
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs.at(a.id()).response().body(), "{\"a\":1}");
  ASSERT_TRUE(
      server.Finish(TestServer::Success(server.MustLease().lease_token(), "{\"b\":2}")).ok());
  const std::vector<v1::JobEvent> events = watch.Events(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].response().body(), "{\"b\":2}");
  EXPECT_EQ(watch.Next().payload_case(), v1::WatchJobsResponse::PAYLOAD_NOT_SET);
  EXPECT_TRUE(watch.Finish().ok());
}

TEST(WatchJobs, RefusesWhatItCannotDo) {
  TestServer server;
  const auto violations = [&](const v1::WatchJobsRequest& request) {
    Watch watch(server, request);
    watch.Next();
    const grpc::Status status = watch.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    return ViolationsOf(status);
  };
  EXPECT_THAT(violations({}), ElementsAre("selector"));
  v1::WatchJobsRequest batch;
  batch.set_batch_id("b");
  batch.set_resume_after(-1);
  EXPECT_THAT(violations(batch), UnorderedElementsAre("batch_id", "resume_after"));
  v1::WatchJobsRequest labels;
  labels.mutable_create_labels();
  labels.set_until_terminal(true);
  EXPECT_THAT(violations(labels), UnorderedElementsAre("create_labels.labels", "until_terminal"));
  EXPECT_THAT(violations(ByIds(std::vector<std::string>(1001, "x"))), ElementsAre("jobs.job_ids"));

  Watch unknown(server, ByIds({"0190d3c2-7b1e-7c3a-9f00-3d5a6b7c8d9e"}));
  unknown.Next();
  EXPECT_EQ(ReasonOf(unknown.Finish()), "JOB_NOT_FOUND");
  v1::WatchJobsRequest ahead = ByLabel();
  ahead.set_resume_after(1'000'000);
  Watch future(server, ahead);
  future.Next();
  EXPECT_EQ(ReasonOf(future.Finish()), "EVENT_NOT_REACHED");
}

TEST(WatchJobs, AClientThatGoesAwayLeavesNothing) {
  TestServer server;
  for (int i = 0; i < 30; ++i) {
    Watch watch(server, ByLabel());
    if (i % 3 == 0) watch.Snapshot();
    if (i % 5 == 0) server.MustCreate(Labelled());
  }
  EXPECT_TRUE(PollUntil(absl::Seconds(30), [&] {
    return Shows(server, "lull_watchers 0\n") && Shows(server, "lull_watch_bytes_in_flight 0\n");
  }));
}

TEST(WatchJobs, StoppingTheServerEndsTheStreamAtOnceAndSaysWhereToResume) {
  TestServer server;
  Watch watch(server, ByLabel());
  watch.Snapshot();
  std::thread stopper([&] { server.server().Stop(); });
  EXPECT_EQ(watch.Next().payload_case(), v1::WatchJobsResponse::PAYLOAD_NOT_SET);
  const grpc::Status status = watch.Finish();
  stopper.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "DRAINING");
}

TEST(ReportProgress, HandsOutputToThoseWhoAskedForIt) {
  TestServer server;
  v1::WatchJobsRequest request = ByLabel();
  request.set_include_output(true);
  Watch watch(server, request);
  watch.Snapshot();
  const v1::Job job = server.MustCreate(Labelled("ours", /*stream=*/true));
  const v1::Job other = server.MustCreate(Labelled("others", /*stream=*/true));
  v1::LeaseJobsRequest lease = TestServer::LeaseRequest();
  lease.set_max_jobs(2);
  const auto leased = server.Lease(lease);
  ASSERT_EQ(leased->jobs_size(), 2);
  v1::ReportProgressRequest report;
  report.set_worker_id("w1");
  std::string token;
  for (const v1::LeasedJob& each : leased->jobs()) {
    EXPECT_EQ(each.report_progress(), each.job_id() == job.id());
    if (each.job_id() == job.id()) token = each.lease_token();
    v1::Progress& piece = *report.add_progress();
    piece.set_lease_token(each.lease_token());
    piece.set_data("data: {\"of\":\"" + each.job_id() + "\"}\n\n");
  }
  report.add_progress()->set_lease_token("nonsense");
  const auto told =
      TestServer::Ask(server.workers(), &v1::WorkerService::Stub::ReportProgress, report);
  ASSERT_TRUE(told.ok()) << told.status.error_message();
  EXPECT_THAT(told->statuses(),
              ElementsAre(v1::LEASE_STATUS_OK, v1::LEASE_STATUS_OK, v1::LEASE_STATUS_LOST));
  ASSERT_TRUE(server.Finish(TestServer::Success(token)).ok());
  std::vector<std::string> seen;
  while (seen.empty() || seen.back() != "ended") {
    const v1::WatchJobsResponse message = watch.Next();
    ASSERT_NE(message.payload_case(), v1::WatchJobsResponse::PAYLOAD_NOT_SET);
    if (message.has_output()) {
      EXPECT_EQ(message.output().job_id(), job.id());
      EXPECT_EQ(message.output().attempt_number(), 1);
      EXPECT_TRUE(absl::StrContains(message.output().data(), job.id()));
      seen.push_back("output");
    }
    for (const v1::JobEvent& event : message.events().events()) {
      if (event.type() == v1::JOB_EVENT_TYPE_ENDED) seen.push_back("ended");
    }
  }
  EXPECT_THAT(seen, ElementsAre("output", "ended"));

  // The lease is over: what comes now is of nobody's attempt.
  const auto late =
      TestServer::Ask(server.workers(), &v1::WorkerService::Stub::ReportProgress, report);
  ASSERT_EQ(late->statuses_size(), 3);
  EXPECT_EQ(late->statuses(0) == v1::LEASE_STATUS_OK, leased->jobs(0).job_id() == other.id());
}

TEST(ReportProgress, RefusesWhatIsTooLarge) {
  TestServer server;
  v1::ReportProgressRequest report;
  v1::Progress& piece = *report.add_progress();
  piece.set_data(std::string((1 << 20) + 1, 'x'));
  piece.set_offset(-1);
  const auto refused =
      TestServer::Ask(server.workers(), &v1::WorkerService::Stub::ReportProgress, report);
  EXPECT_THAT(ViolationsOf(refused.status),
              UnorderedElementsAre("worker_id", "progress[0].data", "progress[0].offset"));
}

}  // namespace
}  // namespace lull
