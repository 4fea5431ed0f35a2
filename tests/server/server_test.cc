// The server as a whole: what it promises beside its jobs.
#include "server/server.h"

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "server/api/proto_time.h"
#include "tests/server/raw_call.h"
#include "tests/server/test_server.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

// grpc.health.v1: {string service = 1} and {status = 1}, of which 1 is SERVING, 2 NOT_SERVING.
constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";

std::string HealthOf(TestServer& server, const std::string& service) {
  std::string request;
  if (!service.empty()) {
    request = absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
  }
  return CallRaw(server.channel(), "/grpc.health.v1.Health/Check", request).bytes;
}

TEST(Health, ServesUntilTheServerDrains) {
  TestServer server;
  for (const char* service :
       {"", "lull.v1.JobService", "lull.v1.WorkerService", "lull.v1.AdminService"}) {
    EXPECT_EQ(HealthOf(server, service), kServing) << service;
  }
  server.server().Drain();
  for (const char* service :
       {"", "lull.v1.JobService", "lull.v1.WorkerService", "lull.v1.AdminService"}) {
    EXPECT_EQ(HealthOf(server, service), kNotServing) << service;
  }
}

TEST(Drain, RefusesSubmitsAndStillTakesResults) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  const std::string token = server.MustLease().lease_token();
  server.server().Drain();
  const auto refused = server.Create(TestServer::GoodJob());
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(refused.status), "DRAINING");
  EXPECT_FALSE(server.server().WaitUntilIdle(absl::ZeroDuration()));
  EXPECT_EQ(server.Renew({token})->statuses(0), v1::LEASE_STATUS_OK);
  EXPECT_EQ(server.Finish(TestServer::Success(token))->results(0).status(),
            v1::REPORT_STATUS_ACCEPTED);
  EXPECT_EQ(server.Get(id)->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(server.server().WaitUntilIdle(absl::Seconds(20)));
}

TEST(Drain, AnswersParkedPolls) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  v1::LeaseJobsRequest lease = TestServer::LeaseRequest();
  lease.clear_credentials();
  lease.mutable_wait()->set_seconds(60);
  Answer<v1::LeaseJobsResponse> leased;
  Answer<v1::Job> waited;
  std::thread polling([&] { leased = server.Lease(lease); });
  std::thread waiting([&] { waited = server.Wait(id, absl::Seconds(60)); });
  // A worker is known from its poll on.
  EXPECT_TRUE(PollUntil(absl::Seconds(20), [&] {
    return TestServer::Ask(server.admin(), &v1::AdminService::Stub::ListWorkers,
                           v1::ListWorkersRequest())
               ->workers_size() == 1;
  }));
  server.server().Drain();
  polling.join();
  waiting.join();
  EXPECT_TRUE(leased.ok()) << leased.status.error_message();
  EXPECT_EQ(leased->jobs_size(), 0);
  ASSERT_TRUE(waited.ok()) << waited.status.error_message();
  EXPECT_EQ(waited->state(), v1::JOB_STATE_PENDING);
}

TEST(Stop, EndsCallsThatWait) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  std::vector<std::thread> calls;
  for (int i = 0; i < 20; ++i) {
    calls.emplace_back([&] {
      const auto answer = server.Wait(id, absl::Seconds(60));
      EXPECT_TRUE(answer.ok() || answer.status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                  answer.status.error_code() == grpc::StatusCode::CANCELLED)
          << answer.status.error_message();
    });
  }
  server.server().Stop();
  server.server().Stop();
  for (std::thread& call : calls) call.join();
}

TEST(Start, ASecondServerOnTheSamePortIsRefused) {
  TestServer first;
  ServerOptions options;
  options.data_dir = absl::StrCat(::testing::TempDir(), "/second");
  options.grpc_address = first.server().grpc_address();
  options.rules.plan = options.engine.plan = std::make_shared<const Plan>();
  options.engine.seed = "seed";
  const auto second = Server::Start(options);
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  EXPECT_TRUE(absl::StrContains(second.status().message(), first.server().grpc_address()))
      << second.status();
}

TEST(Start, ASecondServerOverTheSameDataIsRefused) {
  TestServer first;
  ServerOptions options;
  options.data_dir = first.data_dir();
  options.grpc_address = "127.0.0.1:0";
  options.rules.plan = options.engine.plan = std::make_shared<const Plan>();
  options.engine.seed = "seed";
  const auto second = Server::Start(options);
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
}

TEST(Reflection, ListsTheServices) {
  TestServer server;
  // ServerReflectionRequest: {string list_services = 7}.
  const RawReply reply =
      CallRaw(server.channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
              "\x3a\x01*");
  for (const char* name : {"lull.v1.JobService", "lull.v1.WorkerService", "lull.v1.AdminService",
                           "lull.v1.BatchService", "grpc.health.v1.Health"}) {
    EXPECT_TRUE(absl::StrContains(reply.bytes, name)) << name;
  }
}

// What docs/api.md says of an RPC, e.g. "JobService/GetJob": "yes" or "no".
std::string DocumentedAs(const std::string& rpc) {
  std::ifstream file("docs/api.md");
  const std::string row = absl::StrCat("| `", rpc, "` | ");
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, row))
      return line.substr(row.size(), line.find(' ', row.size()) - row.size());
  }
  return "";
}

TEST(Rpcs, EveryOneAnswersAnEmptyRequestWithAReasonAndIsDocumentedAsItIs) {
  TestServer server;
  const absl::flat_hash_set<std::string> asks_for_nothing = {"Backup", "GetOverview", "GetUsage",
                                                             "ListJobs", "ListWorkers"};
  int unimplemented = 0;
  for (const auto* file :
       {v1::GetJobRequest::descriptor()->file(), v1::GetBatchRequest::descriptor()->file(),
        v1::LeasedJob::descriptor()->file(), v1::Overview::descriptor()->file()}) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      const auto& method = *file->service(0)->method(i);
      const std::string name = absl::StrCat("/", file->service(0)->full_name(), "/", method.name());
      const grpc::Status status = CallRaw(server.channel(), name, "").status;
      EXPECT_EQ(DocumentedAs(absl::StrCat(file->service(0)->name(), "/", method.name())),
                status.error_code() == grpc::StatusCode::UNIMPLEMENTED ? "no" : "yes")
          << name;
      if (asks_for_nothing.contains(method.name())) {
        EXPECT_TRUE(status.ok()) << name << " " << status.error_message();
        continue;
      }
      EXPECT_NE(ReasonOf(status), "") << name << " " << status.error_message();
      if (status.error_code() != grpc::StatusCode::UNIMPLEMENTED) continue;
      ++unimplemented;
      EXPECT_EQ(ReasonOf(status), "UNIMPLEMENTED");
      EXPECT_TRUE(absl::StrContains(status.error_message(), name.substr(1)))
          << status.error_message();
    }
  }
  EXPECT_GT(unimplemented, 0);
}

TEST(Limits, ACompressedRequestIsRefusedUnread) {
  TestServer server;
  v1::CreateJobRequest request = TestServer::GoodJob();
  (*request.mutable_job()->mutable_labels())["k"] = std::string(100'000, 'x');
  grpc::ClientContext context;
  TestServer::SetDeadline(&context, absl::Seconds(30));
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::Job job;
  const grpc::Status status = server.jobs().CreateJob(&context, request, &job);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
}

TEST(Limits, AMessageOver32MiBIsRefused) {
  TestServer server;
  v1::CreateJobRequest request = TestServer::GoodJob();
  request.mutable_job()->mutable_request()->set_body(std::string(33 << 20, ' '));
  const auto answer = server.Create(request);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
      << answer.status.error_message();
}

TEST(Limits, MetadataOver16KiBIsRefused) {
  TestServer server;
  grpc::ClientContext context;
  TestServer::SetDeadline(&context, absl::Seconds(30));
  context.AddMetadata("x-large", std::string(20'000, 'x'));
  v1::Job job;
  const grpc::Status status = server.jobs().CreateJob(&context, TestServer::GoodJob(), &job);
  EXPECT_FALSE(status.ok());
}

TEST(GetOverview, CountsJobsAndNamesWhatIsThere) {
  TestServer server;
  server.MustCreate();
  server.MustCreate();
  v1::LeaseJobsRequest one = TestServer::LeaseRequest();
  one.set_max_jobs(1);
  ASSERT_EQ(server.Lease(one)->jobs_size(), 1);
  const auto overview = TestServer::Ask(server.admin(), &v1::AdminService::Stub::GetOverview,
                                        v1::GetOverviewRequest());
  ASSERT_TRUE(overview.ok()) << overview.status.error_message();
  EXPECT_EQ(overview->counts().total(), 2);
  EXPECT_EQ(overview->counts().pending(), 1);
  EXPECT_EQ(overview->counts().running(), 1);
  EXPECT_EQ(overview->classes_size(), 3);
  ASSERT_EQ(overview->upstreams_size(), 1);
  EXPECT_EQ(overview->upstreams(0).name(), "up");
  EXPECT_EQ(overview->upstreams(0).account(), "up");
  EXPECT_EQ(overview->upstreams(0).state(), v1::UPSTREAM_STATE_HEALTHY);
  EXPECT_EQ(overview->upstreams(0).in_flight(), 1);
  ASSERT_EQ(overview->workers_size(), 1);
  EXPECT_EQ(overview->workers(0).worker_id(), "w1");
  EXPECT_EQ(overview->workers(0).leases(), 1);
  EXPECT_GT(overview->queued_bytes(), 0);
  EXPECT_EQ(overview->refusing_submits(), "");
}

TEST(PauseClass, HoldsTheClassUntilItIsResumedAcrossARestart) {
  TestServer server;
  const std::string id = server.MustCreate().id();
  v1::PauseClassRequest pause;
  pause.set_class_name("standard");
  const auto paused = TestServer::Ask(server.admin(), &v1::AdminService::Stub::PauseClass, pause);
  ASSERT_TRUE(paused.ok()) << paused.status.error_message();
  EXPECT_EQ(paused->name(), "standard");
  EXPECT_TRUE(paused->paused());
  EXPECT_EQ(paused->counts().pending(), 1);
  server.Restart();
  EXPECT_EQ(server.Lease(TestServer::LeaseRequest())->jobs_size(), 0);
  EXPECT_EQ(server.Get(id)->pending_reason(), v1::PENDING_REASON_CLASS_PAUSED);
  v1::ResumeClassRequest resume;
  resume.set_class_name("standard");
  const auto resumed =
      TestServer::Ask(server.admin(), &v1::AdminService::Stub::ResumeClass, resume);
  ASSERT_TRUE(resumed.ok()) << resumed.status.error_message();
  EXPECT_FALSE(resumed->paused());
  EXPECT_EQ(server.Lease(TestServer::LeaseRequest())->jobs_size(), 1);
}

TEST(PauseClass, SaysWhyAndEndsByItself) {
  TestServer server;
  server.MustCreate();
  const absl::Time end = server.clock().WallNow() + absl::Hours(1);
  v1::PauseClassRequest pause;
  pause.set_class_name("standard");
  pause.set_reason("the provider is down");
  *pause.mutable_resume_time() = ToTimestamp(end);
  const auto paused = TestServer::Ask(server.admin(), &v1::AdminService::Stub::PauseClass, pause);
  ASSERT_TRUE(paused.ok()) << paused.status.error_message();
  EXPECT_EQ(paused->pause_reason(), "the provider is down");
  EXPECT_EQ(FromTimestamp(paused->resume_time()), end);
  server.clock().Advance(absl::Minutes(59));
  EXPECT_EQ(server.Lease(TestServer::LeaseRequest())->jobs_size(), 0);
  server.clock().Advance(absl::Minutes(1));
  EXPECT_EQ(server.Lease(TestServer::LeaseRequest())->jobs_size(), 1);
  const auto overview = TestServer::Ask(server.admin(), &v1::AdminService::Stub::GetOverview,
                                        v1::GetOverviewRequest());
  for (const v1::ClassStatus& status : overview->classes()) {
    EXPECT_FALSE(status.paused());
    EXPECT_FALSE(status.has_resume_time());
  }
}

TEST(PauseClass, AnUnknownClassIsNotFoundAndWrongFieldsAreSaidAtOnce) {
  TestServer server;
  v1::PauseClassRequest pause;
  pause.set_class_name("no-such-class");
  const auto ask = [&] {
    return TestServer::Ask(server.admin(), &v1::AdminService::Stub::PauseClass, pause).status;
  };
  EXPECT_EQ(ask().error_code(), grpc::StatusCode::NOT_FOUND);
  pause.set_class_name("standard");
  pause.set_reason(std::string(257, 'x'));
  pause.mutable_resume_time()->set_seconds(1);
  EXPECT_EQ(ViolationsOf(ask()), (std::vector<std::string>{"reason", "resume_time"}));
}

TEST(DrainWorker, TheWorkerIsToldAtItsNextCall) {
  TestServer server;
  ASSERT_TRUE(server.Lease(TestServer::LeaseRequest()).ok());
  v1::DrainWorkerRequest drain;
  drain.set_worker_id("w1");
  const auto drained = TestServer::Ask(server.admin(), &v1::AdminService::Stub::DrainWorker, drain);
  ASSERT_TRUE(drained.ok()) << drained.status.error_message();
  EXPECT_EQ(drained->worker_id(), "w1");
  EXPECT_TRUE(drained->draining());
  EXPECT_TRUE(server.Renew({})->drain());
  server.MustCreate();
  const auto polled = server.Lease(TestServer::LeaseRequest());
  EXPECT_TRUE(polled->drain());
  EXPECT_EQ(polled->jobs_size(), 0);
  drain.set_worker_id("nobody");
  EXPECT_EQ(TestServer::Ask(server.admin(), &v1::AdminService::Stub::DrainWorker, drain)
                .status.error_code(),
            grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace lull
