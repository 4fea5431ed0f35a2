// lull up: a server and its workers on this machine, in one command.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tools/lull/session.h"
#include "tools/lull/up/local_server.h"

namespace lull {
namespace {

ExitCode Up(Session& session, const LocalServerOptions& options) {
  const auto say = [](absl::string_view message) {
    std::fputs(absl::StrCat(message, "\n").c_str(), stderr);
  };
  const absl::Status checked = CheckUpstream(options);
  if (!checked.ok()) {
    Fail(session, checked);
    return ExitCode::kUsage;
  }
  LocalServer server(SystemClock(), session.interruption, options, say);
  const absl::StatusOr<std::string> summary = server.Start();
  absl::Status ran = summary.status();
  if (summary.ok()) {
    std::fputs(summary->c_str(), stdout);
    std::fflush(stdout);
    ran = server.Run();
  }
  if (session.interruption.stopped()) {
    say("Stopping: calls under way may end first. Ctrl-C again stops at once.");
  }
  server.Stop();
  if (session.interruption.stopped()) return ExitCode::kOk;
  return Fail(session, ran) == ExitCode::kNotFound ? ExitCode::kUsage : ExitCode::kFailed;
}

}  // namespace

void AddUpCommand(CLI::App& app, Session& session) {
  const auto options = std::make_shared<LocalServerOptions>();
  CLI::App& command = *app.add_subcommand(
      "up",
      "Run a server and its workers here until Ctrl-C.\nThey need an upstream: --config, or "
      "LULL_BASE_URL (or --base-url) with LULL_API_KEY.");
  command.add_option("--config", options->config, "The server's configuration file");
  command.add_option("--worker-config", options->worker_config, "The workers' configuration file");
  command.add_option("--data-dir", options->data_dir, "Where jobs are kept (default ./lull-data)");
  command.add_option("--grpc-address", options->grpc_address,
                     "HOST:PORT for clients and workers (default 127.0.0.1:7411)");
  command.add_option("--http-address", options->http_address,
                     "HOST:PORT for metrics (default 127.0.0.1:7412)");
  command.add_option("--workers", options->workers, "How many worker processes")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command.add_option("--base-url", options->base_url,
                     "The upstream's URL, as an OpenAI SDK takes it; instead of LULL_BASE_URL");
  command.add_option("--model", options->model,
                     "The model to ask for, whatever jobs name; instead of LULL_MODEL");
  command.add_option("--log-dir", options->log_dir, "Where the logs go (default DATA_DIR/logs)");
  command.add_option("--log-level", options->log_level, "debug, info, warning or error");
  command.add_option("--ready-file", options->ready_file,
                     "Written when all are ready: JSON with addresses and process numbers");
  command.add_option("--server-binary", options->server_binary, "The program lull-server");
  command.add_option("--worker-binary", options->worker_binary, "The program lull-worker");
  command.callback(
      [&session, options] { session.run = [&session, options] { return Up(session, *options); }; });
}

}  // namespace lull
