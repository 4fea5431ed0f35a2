#include "tools/lull/up/local_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "tools/lull/table.h"
#include "tools/lull/up/binary_path.h"

namespace lull {
namespace {

using Json = nlohmann::ordered_json;

// Longer than a worker by default lets its calls end.
constexpr absl::Duration kStopGrace = absl::Seconds(40);
constexpr char kDefaultDataDir[] = "lull-data";

std::string FromEnvironment(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string Absolute(const std::string& path) {
  std::string text = std::filesystem::absolute(path).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

// This process's environment with some variables changed; an empty value takes one out.
std::vector<std::string> EnvironmentWith(
    const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool changed = false;
    for (const auto& [name, value] : changes) {
      changed = changed || absl::StartsWith(*entry, name + "=");
    }
    if (!changed) environment.emplace_back(*entry);
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) environment.push_back(absl::StrCat(name, "=", value));
  }
  return environment;
}

void AddFlag(const std::string& name, const std::string& value, std::vector<std::string>* argv) {
  if (value.empty()) return;
  argv->push_back(name);
  argv->push_back(value);
}

// The address to reach a server at that listens on all interfaces.
std::string Reachable(const std::string& address) {
  for (const char* any : {"0.0.0.0:", "[::]:"}) {
    if (absl::StartsWith(address, any)) {
      return absl::StrCat("127.0.0.1:", absl::StripPrefix(address, any));
    }
  }
  return address;
}

}  // namespace

absl::Status CheckUpstream(const LocalServerOptions& options) {
  if (!options.config.empty()) return absl::OkStatus();
  if (options.base_url.empty() && FromEnvironment("LULL_BASE_URL").empty()) {
    return absl::FailedPreconditionError(
        "no upstream is configured, so no job could be answered. Set these and try again:\n"
        "  export LULL_BASE_URL=https://api.deepseek.com   what an OpenAI SDK takes as base URL\n"
        "  export LULL_API_KEY=…                           its key, used by the workers only\n"
        "  export LULL_MODEL=deepseek-chat                 optional: the model, whatever jobs "
        "name\n"
        "or give --config FILE with upstreams of your own.");
  }
  if (options.worker_config.empty() && FromEnvironment("LULL_API_KEY").empty()) {
    return absl::FailedPreconditionError(
        "LULL_API_KEY is not set, so no worker could make a call. Set it to the API's key, or to "
        "anything if the API needs none; or give --worker-config FILE with a credential of the "
        "name \"default\".");
  }
  return absl::OkStatus();
}

LocalServer::LocalServer(const Clock& clock, Interruption& interruption, LocalServerOptions options,
                         std::function<void(absl::string_view)> say)
    : options_(std::move(options)),
      say_(say),
      supervisor_(clock, interruption, std::move(say)),
      grpc_address_(options_.grpc_address),
      http_address_(options_.http_address) {}

LocalServer::~LocalServer() {
  std::error_code ignored;
  if (!scratch_dir_.empty()) std::filesystem::remove_all(scratch_dir_, ignored);
  if (!options_.ready_file.empty()) std::filesystem::remove(options_.ready_file, ignored);
}

absl::StatusOr<std::string> LocalServer::Start() {
  const std::string own = OwnFolder();
  LULL_ASSIGN_OR_RETURN(server_binary_,
                        FindBinary("lull-server", options_.server_binary, own, "server"));
  LULL_ASSIGN_OR_RETURN(worker_binary_,
                        FindBinary("lull-worker", options_.worker_binary, own, "worker"));
  LULL_RETURN_IF_ERROR(MakeFolders());
  LULL_RETURN_IF_ERROR(StartServer());
  for (int number = 1; number <= options_.workers; ++number) {
    LULL_RETURN_IF_ERROR(StartWorker(number));
  }
  LULL_RETURN_IF_ERROR(WriteReadyFile());
  return Summary();
}

absl::Status LocalServer::MakeFolders() {
  const std::string data_dir = options_.data_dir.empty() ? kDefaultDataDir : options_.data_dir;
  log_dir_ = Absolute(options_.log_dir.empty() ? data_dir + "/logs" : options_.log_dir);
  std::error_code error;
  std::filesystem::create_directories(log_dir_, error);
  if (error) {
    return absl::InternalError(absl::StrCat("cannot make ", log_dir_, ": ", error.message()));
  }
  std::string scratch = std::filesystem::temp_directory_path() / "lull-up-XXXXXX";
  if (mkdtemp(scratch.data()) == nullptr) {
    return absl::InternalError(absl::StrCat("cannot make ", scratch, ": ", strerror(errno)));
  }
  scratch_dir_ = scratch;
  return absl::OkStatus();
}

absl::Status LocalServer::StartServer() {
  LULL_ASSIGN_OR_RETURN(const std::string text,
                        supervisor_.Start({"lull-server", [this] { return ServerCommand(); },
                                           scratch_dir_ + "/server.ready"}));
  const Json ready = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!ready.is_object() || !ready.contains("grpc") || !ready["grpc"].is_string()) {
    return absl::InternalError(absl::StrCat("lull-server's ready file has no address: ", text));
  }
  grpc_address_ = ready["grpc"].get<std::string>();
  if (ready.contains("http") && ready["http"].is_string()) {
    const std::string http = ready["http"].get<std::string>();
    http_address_ = http.empty() ? "none" : http;
  }
  return absl::OkStatus();
}

absl::Status LocalServer::StartWorker(int number) {
  const std::string name =
      options_.workers == 1 ? "lull-worker" : absl::StrCat("lull-worker ", number);
  return supervisor_
      .Start({name, [this, number] { return WorkerCommand(number); },
              absl::StrCat(scratch_dir_, "/worker-", number, ".ready")})
      .status();
}

ChildCommand LocalServer::ServerCommand() const {
  ChildCommand command;
  command.argv = {server_binary_, "--ready-file", scratch_dir_ + "/server.ready"};
  AddFlag("--config", options_.config, &command.argv);
  AddFlag("--data-dir", options_.data_dir, &command.argv);
  AddFlag("--grpc-address", grpc_address_, &command.argv);
  AddFlag("--http-address", http_address_, &command.argv);
  AddFlag("--log-level", options_.log_level, &command.argv);
  // The server has no use for the key, and what it does not have it cannot give away.
  std::vector<std::pair<std::string, std::string>> changes = {{"LULL_API_KEY", ""}};
  if (!options_.base_url.empty()) changes.emplace_back("LULL_BASE_URL", options_.base_url);
  if (!options_.model.empty()) changes.emplace_back("LULL_MODEL", options_.model);
  command.environment = EnvironmentWith(changes);
  command.log_path = log_dir_ + "/server.log";
  return command;
}

ChildCommand LocalServer::WorkerCommand(int number) const {
  ChildCommand command;
  command.argv = {worker_binary_, "--server", Reachable(grpc_address_), "--ready-file",
                  absl::StrCat(scratch_dir_, "/worker-", number, ".ready")};
  AddFlag("--config", options_.worker_config, &command.argv);
  AddFlag("--log-level", options_.log_level, &command.argv);
  std::vector<std::pair<std::string, std::string>> changes;
  if (!options_.base_url.empty()) changes.emplace_back("LULL_BASE_URL", options_.base_url);
  command.environment = EnvironmentWith(changes);
  command.log_path = absl::StrCat(log_dir_, "/worker-", number, ".log");
  return command;
}

absl::Status LocalServer::Run() {
  return supervisor_.Run([this] {
    if (const absl::Status written = WriteReadyFile(); !written.ok()) {
      say_(written.message());
    }
  });
}

void LocalServer::Stop() { supervisor_.Stop(kStopGrace); }

absl::Status LocalServer::WriteReadyFile() const {
  if (options_.ready_file.empty()) return absl::OkStatus();
  const std::vector<pid_t> pids = supervisor_.Pids();
  const Json ready = {{"grpc", grpc_address_},
                      {"http", http_address_},
                      {"pid", getpid()},
                      {"server_pid", pids.front()},
                      {"worker_pids", std::vector<pid_t>(pids.begin() + 1, pids.end())}};
  // Renamed into place, so that nobody reads half of it.
  const std::string written = options_.ready_file + ".new";
  std::ofstream(written) << ready.dump() << "\n";
  std::error_code error;
  std::filesystem::rename(written, options_.ready_file, error);
  if (!error) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("cannot write ", options_.ready_file, ": ", error.message()));
}

std::string LocalServer::Summary() const {
  Table table;
  table.AddRow({"gRPC", grpc_address_});
  if (!http_address_.empty() && http_address_ != "none") {
    table.AddRow({"HTTP", absl::StrCat("http://", http_address_, "  (metrics: /metrics)")});
  }
  if (!options_.data_dir.empty() || options_.config.empty()) {
    table.AddRow(
        {"Data", Absolute(options_.data_dir.empty() ? kDefaultDataDir : options_.data_dir)});
  }
  table.AddRow({"Logs", log_dir_});
  if (!options_.config.empty()) {
    table.AddRow({"Upstreams", absl::StrCat("as in ", options_.config)});
  } else {
    const std::string model =
        options_.model.empty() ? FromEnvironment("LULL_MODEL") : options_.model;
    const std::string url =
        options_.base_url.empty() ? FromEnvironment("LULL_BASE_URL") : options_.base_url;
    table.AddRow({"Upstream", absl::StrCat(url, model.empty() ? "" : ", model ", model)});
  }
  return absl::StrCat("Lull is up, with ", options_.workers,
                      options_.workers == 1 ? " worker.\n" : " workers.\n", table.ToString("  "),
                      "Ctrl-C stops it; jobs are kept and go on at the next start.\n");
}

}  // namespace lull
