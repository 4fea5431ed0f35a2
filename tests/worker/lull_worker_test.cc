// The program itself, as a process between a queue and an upstream.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
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

  // With a hard limit of so many open files.
  void StartWithOpenFiles(int limit, const std::vector<std::string>& arguments,
                          std::vector<std::pair<std::string, std::string>> environment) {
    ProcessOptions options;
    options.program = "/bin/sh";
    options.arguments = {"-c", absl::StrCat("ulimit -n ", limit, " && exec \"$@\""), "sh",
                         RunfilePath("worker/lull-worker")};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
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

// The limit is lowered for the process alone, as a shell does it.
TEST_F(LullWorkerTest, WithFewOpenFilesItTakesFewerCallsAndSaysSo) {
  constexpr int kLimit = 200, kFit = 34, kJobs = 100;
  std::atomic<int> calls = 0, calls_most = 0;
  RawServer upstream([&](RawConnection& connection) {
    while (connection.ReadRequest()) {
      const int now = ++calls;
      for (int most = calls_most; now > most && !calls_most.compare_exchange_weak(most, now);) {
      }
      queue_.WaitUntil([&](const HeardFromWorker& heard) { return heard.jobs_leased >= kFit; });
      --calls;
      connection.Send(RawAnswer(200, kAnswer));
    }
  });
  const std::string url = absl::StrCat("http://localhost:", upstream.port(), "/v1");
  for (int i = 0; i < kJobs; ++i) {
    v1::LeasedJob job = Job(upstream);
    job.set_lease_token(absl::StrCat("job-", i));
    job.mutable_upstream()->set_base_url(url);
    queue_.AddJob(job);
  }
  StartWithOpenFiles(kLimit, {"--server", queue_.address(), "--max-in-flight", "64"},
                     {{"LULL_API_KEY", kKey}, {"LULL_BASE_URL", url}});
  const HeardFromWorker heard = queue_.WaitUntil(
      [&](const HeardFromWorker& so_far) { return so_far.results.size() == kJobs; });
  for (const v1::AttemptResult& result : heard.results) {
    EXPECT_EQ(result.outcome(), v1::OUTCOME_SUCCEEDED) << result.ShortDebugString();
  }
  EXPECT_EQ(heard.polls[0].capacity(), kFit);
  EXPECT_LE(calls_most, kFit);
  EXPECT_TRUE(
      absl::StrContains(Log(), "\"max_in_flight\":64,\"open_files_limit\":200,\"calls\":34"))
      << Log();
}

TEST_F(LullWorkerTest, WithoutOpenFilesForOneCallItDoesNotStart) {
  StartWithOpenFiles(60, {"--server", queue_.address()}, {});
  EXPECT_EQ(process_->AwaitExit(kPatience), 1);
  EXPECT_TRUE(absl::StrContains(Log(), "60 files, which is not enough")) << Log();
}

struct ProxyRow {
  const char* what;
  const char* variable;  // that names the proxy
  const char* no_proxy;
  const char* base_url;  // $0: the upstream's port
  const char* at_proxy;  // how the request there begins; empty: it goes to the upstream
};

TEST_F(LullWorkerTest, ProxiesAreThoseOfTheEnvironment) {
  const ProxyRow rows[] = {
      {"plain", "http_proxy", "", "http://0.0.0.0:$0/v1", "POST http://0.0.0.0:"},
      {"all", "all_proxy", "", "http://0.0.0.0:$0/v1", "POST http://0.0.0.0:"},
      {"not for this host", "http_proxy", "other,0.0.0.0", "http://0.0.0.0:$0/v1", ""},
      {"not from a CGI request", "HTTP_PROXY", "", "http://0.0.0.0:$0/v1", ""},
      {"loopback", "http_proxy", "", "http://127.0.0.1:$0/v1", ""},
      {"localhost", "all_proxy", "", "http://localhost:$0/v1", ""},
      {"TLS", "https_proxy", "", "https://upstream.test/v1", "CONNECT upstream.test:443 "},
      {"TLS, capitals", "HTTPS_PROXY", "", "https://upstream.test/v1",
       "CONNECT upstream.test:443 "},
  };
  int jobs = 0;
  for (const ProxyRow& row : rows) {
    SCOPED_TRACE(row.what);
    const bool tunnel = absl::StartsWith(row.at_proxy, "CONNECT");
    RawServer upstream([](RawConnection& connection) {
      while (connection.ReadRequest()) connection.Send(RawAnswer(200, kAnswer));
    });
    RawServer proxy([&](RawConnection& connection) {
      while (connection.ReadRequest()) connection.Send(RawAnswer(tunnel ? 403 : 200, kAnswer));
    });
    const std::string base_url = absl::Substitute(row.base_url, upstream.port());
    const std::string origin(absl::StripSuffix(base_url, "/v1"));
    std::ofstream(folder_ + "/worker.yaml")
        << "credentials: [{name: default, env: LULL_TEST_KEY, origins: [\"" << origin << "\"]}]\n"
        << (absl::StrContains(origin, "0.0.0.0") ? "allow_plain_http: [\"" + origin + "\"]\n" : "");
    Start({"--config", folder_ + "/worker.yaml", "--server", queue_.address()},
          {{"LULL_TEST_KEY", kKey},
           {row.variable, absl::StrCat("http://127.0.0.1:", proxy.port())},
           {"no_proxy", row.no_proxy}});
    v1::LeasedJob job = Job(upstream);
    job.mutable_upstream()->set_base_url(base_url);
    queue_.AddJob(job);
    ++jobs;
    const HeardFromWorker heard = queue_.WaitUntil([&](const HeardFromWorker& so_far) {
      return so_far.results.size() == static_cast<size_t>(jobs);
    });
    const v1::AttemptResult& result = heard.results.back();
    EXPECT_EQ(result.outcome(), tunnel ? v1::OUTCOME_CONNECTION_FAILED : v1::OUTCOME_SUCCEEDED);
    EXPECT_EQ(result.billed(), tunnel ? v1::BILLED_NO : v1::BILLED_YES);
    const bool proxied = *row.at_proxy != '\0';
    ASSERT_EQ(proxy.requests().size(), proxied ? 1u : 0u);
    EXPECT_EQ(upstream.requests().size(), proxied ? 0u : 1u);
    if (proxied) {
      EXPECT_TRUE(absl::StartsWith(proxy.requests()[0], row.at_proxy)) << proxy.requests()[0];
      // Only TLS keeps it from the proxy, and only the operator may do without.
      EXPECT_EQ(absl::StrContains(proxy.requests()[0], kKey), !tunnel);
    }
    process_->Kill();
    // A poll of the dead one would take the next one's job.
    queue_.WaitUntil([](const HeardFromWorker& so_far) { return so_far.polls_waiting == 0; });
  }
}

TEST_F(LullWorkerTest, SaysItsVersion) {
  Start({"--version"});
  EXPECT_EQ(process_->AwaitExit(kPatience), 0);
  EXPECT_TRUE(absl::StrContains(Log(), "lull-worker ")) << Log();
}

}  // namespace
}  // namespace lull
