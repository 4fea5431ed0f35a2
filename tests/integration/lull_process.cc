#include "tests/integration/lull_process.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/base/http/socket_client.h"

namespace lull {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(30);
constexpr absl::Duration kStopLimit = absl::Seconds(20);
constexpr char kKeyVariable[] = "LULL_TEST_KEY";

std::string WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::trunc);
  file << content;
  EXPECT_TRUE(file.flush().good()) << path;
  return path;
}

// Starts it and waits for the ready file, which it returns.
std::string StartAndWait(const ProcessOptions& options, const std::string& ready_file,
                         std::unique_ptr<Process>* process) {
  std::filesystem::remove(ready_file);
  auto started = Process::Start(options);
  if (!started.ok()) {
    ADD_FAILURE() << started.status();
    return "";
  }
  *process = *std::move(started);
  const auto ready = (*process)->AwaitFile(ready_file, kStartLimit);
  EXPECT_TRUE(ready.ok()) << ready.status();
  return ready.value_or("");
}

void StopInOrder(Process& process) {
  process.Terminate();
  EXPECT_EQ(process.AwaitExit(kStopLimit).value_or(-1), 0)
      << "SIGTERM did not end it in order; the log:\n"
      << process.LogTail();
}

std::string WorkerConfig(const WorkerOptions& options) {
  if (options.credential.empty()) return options.config.empty() ? "{}\n" : options.config;
  return absl::StrCat(options.config, "credentials:\n  - name: ", options.credential,
                      "\n    env: ", kKeyVariable, "\n    origins: [\"",
                      absl::StrJoin(options.origins, "\", \""), "\"]\n");
}

}  // namespace

ServerProcess::ServerProcess(const std::string& config, const std::string& data_dir)
    : folder_(NewTestFolder("lull-server")),
      data_dir_(data_dir.empty() ? folder_ + "/data" : data_dir) {
  SetConfig(config);
}

void ServerProcess::SetConfig(const std::string& config) {
  WriteFile(folder_ + "/config.yaml", config);
}

absl::Duration ServerProcess::Start() {
  const absl::Duration begin = SystemClock().Now().steady;
  const std::string ready_file = folder_ + "/ready";
  ProcessOptions options;
  options.program = RunfilePath("server/lull-server");
  options.arguments = {
      "--config",    folder_ + "/config.yaml", "--data-dir",  data_dir(),     "--grpc-address",
      grpc_address_, "--http-address",         http_address_, "--ready-file", ready_file};
  options.log_file = folder_ + "/log";
  const std::string text = StartAndWait(options, ready_file, &process_);
  const auto ready = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!ready.is_object()) {
    ADD_FAILURE() << "not a ready file: " << text;
    return absl::ZeroDuration();
  }
  grpc_address_ = ready.value("grpc", grpc_address_);
  http_address_ = ready.value("http", http_address_);
  return SystemClock().Now().steady - begin;
}

void ServerProcess::Kill() { process_->Kill(); }
void ServerProcess::Stop() { StopInOrder(*process_); }

MetricsPage ServerProcess::Metrics() const {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(http_address_.substr(http_address_.rfind(':') + 1), &port));
  SocketClient client(port);
  const auto answer = client.Call("GET", "/metrics");
  EXPECT_EQ(answer.status, 200);
  return MetricsPage(answer.body);
}

WorkerProcess::WorkerProcess(const ServerProcess& server, WorkerOptions options)
    : server_(server), options_(std::move(options)), folder_(NewTestFolder("lull-worker")) {
  WriteFile(folder_ + "/config.yaml", WorkerConfig(options_));
}

void WorkerProcess::Start() {
  const std::string ready_file = folder_ + "/ready";
  ProcessOptions options;
  options.program = RunfilePath("worker/lull-worker");
  options.arguments = {"--config",        folder_ + "/config.yaml",
                       "--server",        server_.address(),
                       "--worker-id",     options_.id,
                       "--max-in-flight", absl::StrCat(options_.max_in_flight),
                       "--ready-file",    ready_file};
  options.environment = {{kKeyVariable, "key-of-the-integration-tests"}};
  options.log_file = folder_ + "/log";
  StartAndWait(options, ready_file, &process_);
}

void WorkerProcess::Kill() { process_->Kill(); }
void WorkerProcess::Stop() { StopInOrder(*process_); }

}  // namespace lull
