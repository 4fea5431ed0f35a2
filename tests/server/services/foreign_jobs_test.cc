// Jobs of another tenant: every RPC that names one answers as if there were none, byte for byte.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

using Stub = v1::JobService::Stub;

constexpr char kNoSuchJob[] = "01234567-89ab-7cde-8f01-23456789abcd";

template <typename Request>
Request Named(const std::string& id) {
  Request request;
  request.set_job_id(id);
  return request;
}

v1::UpdateJobRequest UpdateOf(const std::string& id) {
  v1::UpdateJobRequest request;
  request.mutable_job()->set_id(id);
  request.mutable_update_mask()->add_paths("priority");
  return request;
}

TEST(ForeignJobs, AreNotFoundLikeThoseThatDoNotExist) {
  TestServer server;
  const TestServer::ForeignJobs foreign = server.RestartWithForeignJobs();
  using AskFor = std::function<grpc::Status(const std::string&)>;
  const std::vector<std::pair<std::string, AskFor>> rpcs = {
      {"GetJob", [&](const std::string& id) { return server.Get(id).status; }},
      {"WaitJob", [&](const std::string& id) { return server.Wait(id, absl::Seconds(9)).status; }},
      {"CancelJob", [&](const std::string& id) { return server.Cancel(id).status; }},
      {"RetryJob",
       [&](const std::string& id) {
         return server.AskJobs(&Stub::RetryJob, Named<v1::RetryJobRequest>(id)).status;
       }},
      {"UpdateJob",
       [&](const std::string& id) {
         return server.AskJobs(&Stub::UpdateJob, UpdateOf(id)).status;
       }},
      {"DeleteJob",
       [&](const std::string& id) {
         return server.AskJobs(&Stub::DeleteJob, Named<v1::DeleteJobRequest>(id)).status;
       }},
  };
  for (const auto& [name, ask] : rpcs) {
    const grpc::Status absent = ask(kNoSuchJob);
    EXPECT_EQ(absent.error_code(), grpc::StatusCode::NOT_FOUND) << name;
    EXPECT_EQ(ReasonOf(absent), "JOB_NOT_FOUND") << name;
    for (const std::string& id : {foreign.pending, foreign.failed}) {
      const grpc::Status status = ask(id);
      EXPECT_EQ(status.error_code(), absent.error_code()) << name;
      EXPECT_EQ(absl::StrReplaceAll(status.error_message(), {{id, kNoSuchJob}}),
                absent.error_message())
          << name;
      EXPECT_EQ(absl::StrReplaceAll(status.error_details(), {{id, kNoSuchJob}}),
                absent.error_details())
          << name;
    }
  }
}

TEST(ForeignJobs, AreNeitherListedNorTouchedByFilters) {
  TestServer server;
  const TestServer::ForeignJobs foreign = server.RestartWithForeignJobs();
  const std::string own = server.MustCreate().id();
  const auto listed = server.AskJobs(&Stub::ListJobs, v1::ListJobsRequest());
  ASSERT_EQ(listed->jobs_size(), 1);
  EXPECT_EQ(listed->jobs(0).id(), own);

  v1::RetryJobsRequest retry;
  retry.set_filter("state = FAILED");
  EXPECT_EQ(server.AskJobs(&Stub::RetryJobs, retry)->retried_size(), 0);
  retry.mutable_jobs()->add_job_ids(foreign.failed);
  const auto retried = server.AskJobs(&Stub::RetryJobs, retry);
  EXPECT_EQ(retried->retried_size(), 0);
  EXPECT_EQ(retried->skipped_count(), 1);

  v1::CancelJobsRequest cancel;
  cancel.mutable_jobs()->add_job_ids(foreign.pending);
  EXPECT_EQ(server.AskJobs(&Stub::CancelJobs, cancel)->skipped_count(), 1);
  cancel.set_filter("class = standard");
  const auto cancelled = server.AskJobs(&Stub::CancelJobs, cancel);
  EXPECT_EQ(cancelled->cancelled_count(), 1) << "the own one";
  EXPECT_EQ(cancelled->skipped_count(), 0);

  v1::PurgeJobsRequest purge;
  purge.set_filter("class = standard");
  EXPECT_EQ(server.AskJobs(&Stub::PurgeJobs, purge)->purge_count(), 1) << "the own one";
}

}  // namespace
}  // namespace lull
