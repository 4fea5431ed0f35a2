// The program: flags, configuration, signals, and one Worker.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "base/build_info.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/status_macros.h"
#include "base/url/host_port.h"
#include "base/whole_file.h"
#include "base/yaml/environment.h"
#include "worker/config/worker_config_file.h"
#include "worker/config/worker_id.h"
#include "worker/metrics_port.h"
#include "worker/open_files.h"
#include "worker/worker.h"
#include "worker/worker_setup.h"

namespace lull {
namespace {

// Documented in --help. Flags that are wrong give CLI11's own codes, from 100 on.
enum ExitCode : int { kStopped = 0, kCannotWork = 1, kWrongConfig = 2 };

constexpr char kFooter[] =
    "Without --config: the defaults, and, if LULL_API_KEY is set, the credential \"default\" from "
    "it\n"
    "for the origin of LULL_BASE_URL. LULL_CA_FILE names a file of authorities (PEM) to trust for\n"
    "upstreams in place of the system's. Proxies are taken from https_proxy, http_proxy (not\n"
    "HTTP_PROXY), all_proxy and no_proxy; loopback addresses and the server are called directly.\n"
    "A call needs up to 4 open files: where their limit (ulimit -Hn) is too low for "
    "max_in_flight,\n"
    "fewer calls are made at the same time, and a warning says so.\n\n"
    "Signals: SIGTERM and SIGINT drain: no more jobs are taken, calls under way may end until the\n"
    "configured drain_grace is over and are then broken off, reports are delivered. A second one\n"
    "ends the worker at once; the server then waits for its leases to expire.\n\n"
    "Exit codes: 0 stopped by a signal or by the server; 1 cannot work (an address cannot be\n"
    "used, too few open files for one call); 2 the configuration is wrong; 100 and above: the "
    "flags\n"
    "are wrong; 128 + N: ended at once by signal N.";

struct Flags {
  std::string config;
  std::string server;
  std::string worker_id;
  int max_in_flight = 0;
  std::string metrics_address;
  std::string ready_file;
  std::string log_level = "info";
};

void DefineFlags(CLI::App& app, Flags& flags) {
  app.footer(kFooter);
  app.set_version_flag("--version", absl::StrCat("lull-worker ", kVersion));
  app.add_option("--config", flags.config, "Configuration file (YAML).")->type_name("FILE");
  app.add_option("--server", flags.server,
                 "Address of the server's gRPC port. Default: the configuration's server.address, "
                 "or 127.0.0.1:7411.")
      ->type_name("HOST:PORT|unix:/PATH");
  app.add_option("--worker-id", flags.worker_id,
                 "Who this worker is; a part that is new with every start is appended. Default: "
                 "the configuration's worker_id, or the host's name.")
      ->type_name("ID");
  app.add_option("--max-in-flight", flags.max_in_flight,
                 "The most calls at the same time, from 1 to 10000. Default: the configuration's "
                 "max_in_flight, or 64.")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--metrics-address", flags.metrics_address,
                 "Address of the HTTP port for /metrics and /healthz, or none; port 0 takes any "
                 "free one. Default: the configuration's metrics_address, or none.")
      ->type_name("HOST:PORT|none");
  app.add_option("--ready-file", flags.ready_file,
                 "File to write when the worker begins: {\"metrics\":ADDRESS,\"pid\":N,"
                 "\"worker_id\":ID}; the address is \"\" if there is no such port.")
      ->type_name("FILE");
  app.add_option("--log-level", flags.log_level, "Least level that is logged to stderr.")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
}

// Flags are checked as the file's values are.
absl::Status ApplyServerFlag(const std::string& server, v1::WorkerConfig* config) {
  const absl::StatusOr<HostPort> address = ParseHostPort(server);
  if (!address.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--server: ", address.status().message()));
  }
  if (!address->local && config->server().ca_file().empty() && !config->server().allow_insecure()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--server: \"", server,
                     "\" is not on this machine: that needs server.ca_file, or "
                     "server.allow_insecure: true, in the configuration"));
  }
  config->mutable_server()->set_address(server);
  return absl::OkStatus();
}

absl::Status CheckWorkerId(absl::string_view id) {
  const bool allowed =
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
      absl::string_view::npos;
  if (allowed && id.size() <= static_cast<size_t>(kMaxConfiguredWorkerIdSize)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--worker-id: \"", id, "\" is no worker id; allowed are at most ",
                   kMaxConfiguredWorkerIdSize, " characters out of letters, digits and \"-_.\""));
}

absl::StatusOr<WorkerSetup> ReadSetup(const Flags& flags) {
  const Environment environment = ProcessEnvironment();
  LULL_ASSIGN_OR_RETURN(v1::WorkerConfig config, flags.config.empty()
                                                     ? WorkerConfigFromEnvironment(environment)
                                                     : LoadWorkerConfig(flags.config, environment));
  if (!flags.server.empty()) LULL_RETURN_IF_ERROR(ApplyServerFlag(flags.server, &config));
  if (!flags.worker_id.empty()) {
    LULL_RETURN_IF_ERROR(CheckWorkerId(flags.worker_id));
    config.set_worker_id(flags.worker_id);
  }
  if (flags.max_in_flight != 0) config.set_max_in_flight(flags.max_in_flight);
  if (!flags.metrics_address.empty()) {
    config.set_metrics_address(flags.metrics_address == "none" ? "" : flags.metrics_address);
  }
  absl::BitGen random;
  return SetUpWorker(config, environment, absl::Uniform<uint64_t>(random));
}

// Rather fewer calls than calls that fail for want of a file.
absl::Status BoundByOpenFiles(WorkerSetup* setup) {
  const int64_t files = RaiseOpenFilesLimit();
  const int64_t calls = CallsWithin(files);
  if (calls >= setup->worker.max_in_flight) return absl::OkStatus();
  if (calls == 0) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the process may open ", files,
                     " files, which is not enough for one call; raise its limit (ulimit -n)"));
  }
  LogWarning("worker", "fewer calls than max_in_flight: the process may not open enough files",
             {{"max_in_flight", setup->worker.max_in_flight},
              {"open_files_limit", files},
              {"calls", calls}});
  setup->worker.max_in_flight = static_cast<int>(calls);
  setup->http.calls_max = setup->worker.max_in_flight;
  return absl::OkStatus();
}

int Fail(ExitCode code, const absl::Status& status) {
  std::fprintf(stderr, "lull-worker: %s\n", std::string(status.message()).c_str());
  return code;
}

int Run(const Flags& flags) {
  SetLogLevel(*ParseLogLevel(flags.log_level));
  absl::StatusOr<WorkerSetup> setup = ReadSetup(flags);
  if (!setup.ok()) return Fail(kWrongConfig, setup.status());
  const absl::Status bounded = BoundByOpenFiles(&*setup);
  if (!bounded.ok()) return Fail(kCannotWork, bounded);

  WorkerMetrics metrics(setup->worker.max_in_flight);
  std::unique_ptr<MetricsPort> port;
  if (!setup->metrics_address.empty()) {
    absl::StatusOr<std::unique_ptr<MetricsPort>> started =
        MetricsPort::Start(setup->metrics_address, metrics);
    if (!started.ok()) return Fail(kCannotWork, started.status());
    port = *std::move(started);
  }
  absl::StatusOr<std::unique_ptr<HttpClient>> http = HttpClient::Start(setup->http, SystemClock());
  if (!http.ok()) return Fail(kWrongConfig, http.status());
  Worker worker(setup->worker, std::move(setup->rules), std::make_unique<QueueClient>(setup->queue),
                *std::move(http), SystemClock(), metrics);
  SignalThread signals([&](int signal) {
    if (signal == SIGHUP) {
      LogWarning("worker", "SIGHUP does nothing in this version; restart to read the config again");
    } else {
      worker.Drain(setup->drain_grace);
    }
  });
  if (!flags.ready_file.empty()) {
    // Nothing in an address or an id needs escaping.
    const absl::Status written = WriteWholeFile(
        flags.ready_file,
        absl::StrCat("{\"metrics\":\"", port ? port->address() : "", "\",\"pid\":", getpid(),
                     ",\"worker_id\":\"", setup->worker.worker_id, "\"}\n"));
    if (!written.ok()) return Fail(kCannotWork, written);
  }
  LogInfo("worker", "working",
          {{"worker_id", setup->worker.worker_id},
           {"server", setup->queue.address},
           {"max_in_flight", setup->worker.max_in_flight}});
  worker.Run();
  LogInfo("worker", "stopped");
  return kStopped;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  lull::BlockSignals();
  CLI::App app("A Lull worker: takes jobs from the server and calls LLM APIs for them.",
               "lull-worker");
  lull::Flags flags;
  lull::DefineFlags(app, flags);
  CLI11_PARSE(app, argc, argv);
  return lull::Run(flags);
}
