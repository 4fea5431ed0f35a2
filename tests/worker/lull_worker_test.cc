// The program itself, as a process between a queue and an upstream.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/testing/process.h"
#include "tests/worker/fake_queue.h"
#include "tests/worker/raw_server.h"

namespace lull {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kAnswer[] = R"({"choices":[{"finish_reason":"stop"}]})";
constexpr char kKey[] = "sk-canary-4f1d9c2e7b8a";

class LullWorkerTest : public testing::Test {
 protected:
  void Start(std::vector<std::string> arguments,
             std::vector<std::pair<std::string, std::string>> environment = {}) {
    ProcessOptions options;
    options.program = RunfilePath("worker/lull-worker");
    options.arguments = std::move(arguments);
    options.environment = std::move(environment);
    options.log_file = folder_ + "/worker.log";
    process_ = *Process::Start(options);
  }

  std::string Log() {
    std::ifstream file(folder_ + "/worker.log");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  v1::LeasedJob Job(const RawServer& upstream) {
    v1::LeasedJob job;
    job.set_lease_token("a");
    job.set_job_id("job-a");
    job.mutable_lease_duration()->set_seconds(30);
    job.mutable_upstream()->set_base_url(upstream.Url("/v1"));
    job.mutable_upstream()->set_credential("default");
    job.mutable_request()->set_method("POST");
    job.mutable_request()->set_path("/v1/chat/completions");
    job.mutable_request()->set_body(R"({"model":"m-1"})");
    return job;
  }

  const std::string folder_ = NewTestFolder("lull_worker");
  FakeQueue queue_;
  std::unique_ptr<Process> process_;
};

TEST_F(LullWorkerTest, WorksWithoutAConfigurationFileAndStopsOnASignal) {
  const TestCertificate certificate = MakeTestCertificate("IP:127.0.0.1");
  std::ofstream(folder_ + "/ca.pem") << certificate.certificate_pem;
  RawServer upstream(
      [](RawConnection& connection) {
        while (connection.ReadRequest()) connection.Send(RawAnswer(200, kAnswer));
      },
      &certificate);
  Start({"--server", queue_.address(), "--worker-id", "test", "--max-in-flight", "3",
         "--metrics-address", "127.0.0.1:0", "--ready-file", folder_ + "/ready", "--log-level",
         "debug"},
        {{"LULL_API_KEY", kKey},
         {"LULL_BASE_URL", upstream.Url("/v1")},
         {"LULL_CA_FILE", folder_ + "/ca.pem"}});
  const absl::StatusOr<std::string> text = process_->AwaitFile(folder_ + "/ready", kPatience);
  ASSERT_TRUE(text.ok()) << text.status();
  const nlohmann::json ready = nlohmann::json::parse(*text);
  EXPECT_EQ(ready["pid"], process_->pid());
  EXPECT_TRUE(absl::StartsWith(ready["worker_id"].get<std::string>(), "test-"));
  EXPECT_TRUE(absl::StartsWith(ready["metrics"].get<std::string>(), "127.0.0.1:"));

  queue_.AddJob(Job(upstream));
  const HeardFromWorker heard =
      queue_.WaitUntil([](const HeardFromWorker& so_far) { return so_far.results.size() == 1; });
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED) << heard.results[0].DebugString();
  EXPECT_EQ(heard.polls[0].worker_id(), ready["worker_id"].get<std::string>());
  EXPECT_EQ(heard.polls[0].capacity(), 3);
  ASSERT_EQ(upstream.requests().size(), 1u);
  EXPECT_TRUE(absl::StrContains(upstream.requests()[0], absl::StrCat("Bearer ", kKey, "\r\n")));

  process_->Terminate();
  EXPECT_EQ(process_->AwaitExit(kPatience), 0);
  EXPECT_TRUE(absl::StrContains(Log(), "\"msg\":\"stopped\"")) << Log();
  EXPECT_FALSE(absl::StrContains(Log(), "canary")) << Log();
}

TEST_F(LullWorkerTest, ASecondSignalEndsItAtOnce) {
  RawServer upstream([](RawConnection& connection) {
    connection.ReadRequest();
    connection.WaitForClose();
  });
  Start({"--server", queue_.address()},
        {{"LULL_API_KEY", kKey}, {"LULL_BASE_URL", upstream.Url("/v1")}});
  queue_.AddJob(Job(upstream));
  upstream.WaitForRequests(1);
  process_->Terminate();
  queue_.WaitUntil([](const HeardFromWorker& so_far) { return so_far.polls_waiting == 0; });
  process_->Terminate();
  EXPECT_EQ(process_->AwaitExit(kPatience), 128 + 15);
}

struct WrongRow {
  const char* what;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  const char* says;
};

TEST_F(LullWorkerTest, AWrongConfigurationIsSaidAndEndsIt) {
  const WrongRow rows[] = {
      {"no base URL", {}, {{"LULL_API_KEY", kKey}}, "LULL_BASE_URL"},
      {"no file", {"--config", "/nonexistent.yaml"}, {}, "/nonexistent.yaml"},
      {"server elsewhere", {"--server", "queue.example:7411"}, {}, "not on this machine"},
      {"server is no address", {"--server", "nowhere"}, {}, "--server"},
      {"worker id", {"--worker-id", "a b"}, {}, "--worker-id"},
      {"no file of authorities", {}, {{"LULL_CA_FILE", "/nonexistent.pem"}}, "/nonexistent.pem"},
  };
  for (const WrongRow& row : rows) {
    Start(row.arguments, row.environment);
    EXPECT_EQ(process_->AwaitExit(kPatience), 2) << row.what;
    EXPECT_TRUE(absl::StrContains(process_->LogTail(), row.says)) << row.what << ": " << Log();
  }
  EXPECT_FALSE(absl::StrContains(Log(), "canary")) << Log();
}

TEST_F(LullWorkerTest, SaysItsVersion) {
  Start({"--version"});
  EXPECT_EQ(process_->AwaitExit(kPatience), 0);
  EXPECT_TRUE(absl::StrContains(Log(), "lull-worker ")) << Log();
}

}  // namespace
}  // namespace lull
