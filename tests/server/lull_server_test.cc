// The program lull-server: its flags, its exit codes, its signals and its ready file.
#include <signal.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/lull_client.h"
#include "tests/testing/process.h"

namespace lull {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(30);

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class LullServer {
 public:
  explicit LullServer(std::vector<std::string> arguments,
                      std::string folder = NewTestFolder("lull_server"))
      : folder_(std::move(folder)) {
    ProcessOptions options;
    options.program = RunfilePath("server/lull-server");
    options.arguments = std::move(arguments);
    options.environment = {{"LULL_BASE_URL", "http://127.0.0.1:9"}};
    options.log_file = absl::StrCat(folder_, "/log");
    process_ = *Process::Start(options);
  }

  static std::vector<std::string> Serving(const std::string& folder) {
    return {"--data-dir",     absl::StrCat(folder, "/data"),
            "--grpc-address", "127.0.0.1:0",
            "--http-address", "127.0.0.1:0",
            "--ready-file",   absl::StrCat(folder, "/ready")};
  }

  nlohmann::json Ready() {
    const auto text = process_->AwaitFile(absl::StrCat(folder_, "/ready"), kLimit);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? nlohmann::json::parse(*text) : nlohmann::json();
  }
  int ExitCode() { return process_->AwaitExit(kLimit).value_or(-1); }
  std::string Output() const { return ReadFile(process_->log_file()); }
  Process& process() { return *process_; }

 private:
  const std::string folder_;
  std::unique_ptr<Process> process_;
};

TEST(LullServer, SaysWhereItServesAndEndsOnSigterm) {
  const std::string folder = NewTestFolder("ready");
  LullServer server(LullServer::Serving(folder), folder);
  const nlohmann::json ready = server.Ready();
  EXPECT_EQ(ready.at("pid"), server.process().pid());
  EXPECT_TRUE(absl::StartsWith(ready.at("grpc").get<std::string>(), "127.0.0.1:"));
  EXPECT_TRUE(absl::StartsWith(ready.at("http").get<std::string>(), "127.0.0.1:"));
  LullClient client(ready.at("grpc").get<std::string>());
  v1::CreateJobRequest request;
  request.mutable_job()->mutable_request()->set_path("/v1/chat/completions");
  request.mutable_job()->mutable_request()->set_body(R"({"model":"any"})");
  EXPECT_TRUE(client.CreateJob(request).ok());
  server.process().Terminate();
  EXPECT_EQ(server.ExitCode(), 0) << server.Output();
}

TEST(LullServer, ASecondSignalEndsItAtOnce) {
  const std::string folder = NewTestFolder("second_signal");
  LullServer server(LullServer::Serving(folder), folder);
  LullClient client(server.Ready().at("grpc").get<std::string>());
  v1::CreateJobRequest create;
  create.mutable_job()->mutable_request()->set_path("/v1/chat/completions");
  create.mutable_job()->mutable_request()->set_body(R"({"model":"any"})");
  ASSERT_TRUE(client.CreateJob(create).ok());
  v1::LeaseJobsRequest lease;
  lease.set_worker_id("w");
  lease.set_max_jobs(1);
  lease.add_credentials("default");
  ASSERT_EQ(client.LeaseJobs(lease)->jobs_size(), 1);
  // A held lease keeps it draining for 30 s.
  server.process().Terminate();
  ASSERT_EQ(server.process().AwaitExit(absl::Milliseconds(300)), std::nullopt);
  server.process().Terminate();
  EXPECT_EQ(server.ExitCode(), 128 + SIGTERM) << server.Output();
}

TEST(LullServer, ASecondOneOverTheSameDataCannotServe) {
  const std::string folder = NewTestFolder("same_data");
  LullServer first(LullServer::Serving(folder), folder);
  first.Ready();
  std::vector<std::string> arguments = LullServer::Serving(folder);
  arguments.back() += "-second";
  LullServer second(arguments);
  EXPECT_EQ(second.ExitCode(), 1);
  EXPECT_TRUE(absl::StrContains(second.Output(), "lull-server: ")) << second.Output();
}

TEST(LullServer, ASecondOneOnTheSamePortCannotServe) {
  const std::string folder = NewTestFolder("same_port");
  LullServer first(LullServer::Serving(folder), folder);
  const std::string address = first.Ready().at("grpc").get<std::string>();
  std::vector<std::string> arguments = LullServer::Serving(NewTestFolder("other"));
  arguments[3] = address;
  LullServer second(arguments);
  EXPECT_EQ(second.ExitCode(), 1);
  EXPECT_TRUE(absl::StrContains(second.Output(), address)) << second.Output();
}

TEST(LullServer, AWrongConfigIsListedWithItsLines) {
  const std::string folder = NewTestFolder("wrong_config");
  const std::string config = absl::StrCat(folder, "/lull.yaml");
  std::ofstream(config) << "data_dir: x\nno_such_key: 1\ndrain_grace: soon\n";
  LullServer server({"--config", config});
  EXPECT_EQ(server.ExitCode(), 2);
  EXPECT_TRUE(absl::StrContains(server.Output(), absl::StrCat(config, ":2: no_such_key")))
      << server.Output();
  EXPECT_TRUE(absl::StrContains(server.Output(), absl::StrCat(config, ":3: drain_grace")))
      << server.Output();
}

TEST(LullServer, ListensToStrangersOnlyWhenToldTo) {
  LullServer server({"--grpc-address", "0.0.0.0:0"});
  EXPECT_EQ(server.ExitCode(), 2);
  EXPECT_TRUE(absl::StrContains(server.Output(), "--grpc-address")) << server.Output();
  EXPECT_TRUE(absl::StrContains(server.Output(), "allow_insecure_listen")) << server.Output();
}

TEST(LullServer, HelpNamesEveryFlagAndExitCode) {
  LullServer help({"--help"});
  EXPECT_EQ(help.ExitCode(), 0);
  for (const char* word : {"--config", "--data-dir", "--grpc-address", "--http-address",
                           "--ready-file", "--log-level", "--version", "Exit codes", "SIGTERM"}) {
    EXPECT_TRUE(absl::StrContains(help.Output(), word)) << word;
  }
  LullServer version({"--version"});
  EXPECT_EQ(version.ExitCode(), 0);
  EXPECT_TRUE(absl::StartsWith(version.Output(), "lull-server "));
  LullServer wrong({"--no-such-flag"});
  EXPECT_GE(wrong.ExitCode(), 100);
}

}  // namespace
}  // namespace lull
