// Clients that go away at any moment, from many threads: nothing is lost, nothing is held for ever.
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

constexpr int kThreads = 6;
constexpr int kCallsPerThread = 150;

// Makes calls of every kind, most of which it abandons after some microseconds.
void Harass(TestServer& server, const std::string& job_id, int seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  const auto stub = v1::JobService::NewStub(server.NewChannel());
  const auto worker_stub = v1::WorkerService::NewStub(server.NewChannel());
  for (int i = 0; i < kCallsPerThread; ++i) {
    grpc::ClientContext context;
    TestServer::SetDeadline(&context, absl::Microseconds(100 + random() % 3000));
    v1::Job job;
    switch (random() % 5) {
      case 0: {
        stub->CreateJob(&context, TestServer::GoodJob(absl::StrCat(seed, "-", i)), &job);
        break;
      }
      case 1: {
        v1::GetJobRequest request;
        request.set_job_id(job_id);
        stub->GetJob(&context, request, &job);
        break;
      }
      case 2: {
        v1::WaitJobRequest request;
        request.set_job_id(job_id);
        stub->WaitJob(&context, request, &job);
        break;
      }
      default: {
        v1::LeaseJobsRequest request = TestServer::LeaseRequest(absl::StrCat("gone-", seed));
        request.mutable_wait()->set_seconds(60);
        v1::LeaseJobsResponse response;
        worker_stub->LeaseJobs(&context, request, &response);
        break;
      }
    }
  }
}

TEST(CancelledCalls, LeaveEveryJobWhereAWorkerCanGetIt) {
  TestServer server;
  const std::string job_id = server.MustCreate().id();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&server, &job_id, i] { Harass(server, job_id, i); });
  }
  for (std::thread& thread : threads) thread.join();

  // What a poll took with it whose answer nobody read comes back when its lease runs out.
  const auto overview = [&] {
    return TestServer::Ask(server.admin(), &v1::AdminService::Stub::GetOverview,
                           v1::GetOverviewRequest())
        .reply;
  };
  const int64_t created = overview().counts().total();
  EXPECT_GE(created, 1);
  int64_t ended = 0;
  for (int round = 0; ended < created && round < 200; ++round) {
    server.clock().Advance(absl::Minutes(1));
    v1::LeaseJobsRequest request = TestServer::LeaseRequest("steady");
    request.set_max_jobs(1000);
    v1::FinishAttemptsRequest finish;
    finish.set_worker_id("steady");
    const auto leased = server.Lease(request);
    for (const v1::LeasedJob& job : leased->jobs()) {
      *finish.add_results() = TestServer::Success(job.lease_token());
    }
    const auto finished =
        TestServer::Ask(server.workers(), &v1::WorkerService::Stub::FinishAttempts, finish);
    for (const v1::ReportResult& result : finished->results()) {
      ended += result.status() == v1::REPORT_STATUS_ACCEPTED;
    }
  }
  EXPECT_EQ(ended, created);
  EXPECT_EQ(overview().counts().total(), 0);
}

TEST(CancelledCalls, DoNotKeepTheServerFromStopping) {
  TestServer server;
  const std::string job_id = server.MustCreate().id();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&server, &job_id, i] { Harass(server, job_id, 100 + i); });
  }
  server.server().Drain();
  server.server().Stop();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace lull
