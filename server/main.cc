// The program: flags, configuration, signals, and one Server.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/build_info.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/signals.h"
#include "base/status_macros.h"
#include "base/yaml/environment.h"
#include "server/config/server_config_defaults.h"
#include "server/config/server_config_file.h"
#include "server/ready_file.h"
#include "server/server.h"
#include "server/server_options.h"

namespace lull {
namespace {

// Documented in --help. Flags that are wrong give CLI11's own codes, from 100 on.
enum ExitCode : int { kStopped = 0, kCannotServe = 1, kWrongConfig = 2 };

constexpr char kFooter[] =
    "Without --config: the defaults, and, if LULL_BASE_URL is set, one upstream with that base "
    "URL\n"
    "to which every model goes (as LULL_MODEL, if that is set).\n\n"
    "Signals: SIGTERM and SIGINT drain: submits are refused, results are taken until no worker\n"
    "holds a job any more or the configured drain_grace is over, then the server ends. A second "
    "one\n"
    "ends it at once. Nothing acknowledged is lost either way.\n\n"
    "Exit codes: 0 stopped by a signal; 1 cannot serve (store or address cannot be used);\n"
    "2 the configuration is wrong; 100 and above: the flags are wrong; 128 + N: ended at once by\n"
    "signal N.";

struct Flags {
  std::string config;
  std::string data_dir;
  std::string grpc_address;
  std::string http_address;
  std::string ready_file;
  std::string log_level = "info";
};

void DefineFlags(CLI::App& app, Flags& flags) {
  app.footer(kFooter);
  app.set_version_flag("--version", absl::StrCat("lull-server ", kVersion));
  app.add_option("--config", flags.config, "Configuration file (YAML).")->type_name("FILE");
  app.add_option("--data-dir", flags.data_dir,
                 "Folder of the store, made if missing. Default: the configuration's data_dir, or "
                 "./lull-data.")
      ->type_name("DIR");
  app.add_option("--grpc-address", flags.grpc_address,
                 "Address of the gRPC port; port 0 takes any free one. Default: the "
                 "configuration's grpc_address, or 127.0.0.1:7411.")
      ->type_name("HOST:PORT|unix:/PATH");
  app.add_option("--http-address", flags.http_address,
                 "Address of the HTTP port, or none. Default: the configuration's http_address, "
                 "or 127.0.0.1:7412.")
      ->type_name("HOST:PORT|none");
  app.add_option("--ready-file", flags.ready_file,
                 "File to write when the server serves: {\"grpc\":ADDRESS,\"http\":ADDRESS,"
                 "\"pid\":N}.")
      ->type_name("FILE");
  app.add_option("--log-level", flags.log_level, "Least level that is logged to stderr.")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
}

absl::StatusOr<ServerOptions> ReadOptions(const Flags& flags) {
  LULL_ASSIGN_OR_RETURN(v1::ServerConfig config,
                        flags.config.empty() ? ServerConfigFromEnvironment(ProcessEnvironment())
                                             : LoadServerConfig(flags.config));
  const bool insecure_allowed = config.auth().allow_insecure_listen();
  if (!flags.data_dir.empty()) config.set_data_dir(flags.data_dir);
  if (!flags.grpc_address.empty()) {
    LULL_RETURN_IF_ERROR(
        CheckListenAddress("--grpc-address", flags.grpc_address, insecure_allowed));
    config.set_grpc_address(flags.grpc_address);
  }
  if (!flags.http_address.empty()) {
    if (flags.http_address != kNoHttpPort) {
      LULL_RETURN_IF_ERROR(
          CheckListenAddress("--http-address", flags.http_address, insecure_allowed));
    }
    config.set_http_address(flags.http_address);
  }
  return ServerOptionsFromConfig(config);
}

// Set by the signal thread, waited for by main.
class StopRequest {
 public:
  void Set(int signal) {
    MutexLock lock(mutex_);
    signal_ = signal;
    set_.Signal();
  }
  int Wait() {
    MutexLock lock(mutex_);
    while (signal_ == 0) set_.Wait(mutex_);
    return signal_;
  }

 private:
  Mutex mutex_;
  CondVar set_;
  int signal_ ABSL_GUARDED_BY(mutex_) = 0;
};

int Fail(ExitCode code, const absl::Status& status) {
  std::fprintf(stderr, "lull-server: %s\n", std::string(status.message()).c_str());
  return code;
}

int Run(const Flags& flags) {
  SetLogLevel(*ParseLogLevel(flags.log_level));
  const absl::StatusOr<ServerOptions> options = ReadOptions(flags);
  if (!options.ok()) return Fail(kWrongConfig, options.status());

  StopRequest stop;
  SignalThread signals([&stop](int signal) {
    if (signal == SIGHUP) {
      LogWarning("server", "SIGHUP does nothing in this version; restart to read the config again");
    } else {
      stop.Set(signal);
    }
  });
  const absl::StatusOr<std::unique_ptr<Server>> started = Server::Start(*options);
  if (!started.ok()) return Fail(kCannotServe, started.status());
  Server& server = **started;
  if (!flags.ready_file.empty()) {
    const absl::Status written =
        WriteReadyFile(flags.ready_file, server.grpc_address(), server.http_address());
    if (!written.ok()) return Fail(kCannotServe, written);
  }

  LogInfo("server", "stopping", {{"signal", stop.Wait()}});
  server.Drain();
  if (!server.WaitUntilIdle(options->drain_grace)) {
    LogWarning("server", "workers still hold jobs; they can report when the server is back");
  }
  server.Stop();
  return kStopped;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  lull::BlockSignals();
  // Debian's Abseil looks for cycles of locks whenever gRPC takes one, as in a debug build.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  CLI::App app("The Lull server: keeps jobs, paces them, and hands them to workers.",
               "lull-server");
  lull::Flags flags;
  lull::DefineFlags(app, flags);
  CLI11_PARSE(app, argc, argv);
  return lull::Run(flags);
}
