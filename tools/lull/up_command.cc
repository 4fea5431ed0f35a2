// lull up: a server and its workers on this machine, in one command.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tools/lull/command_options.h"
#include "tools/lull/local_commands.h"
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
    return FailUsage(session, checked);
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

void AddUpCommand(Command app, Session& session) {
  const auto options = std::make_shared<LocalServerOptions>();
  Command command = app.AddCommand(
      "up",
      "Run a server and its workers here until Ctrl-C.\nThey need an upstream: --config, or "
      "LULL_BASE_URL (or --base-url) with LULL_API_KEY.");
  command.Text("--config", options->config, "The server's configuration file (default none)")
      .Path();
  command
      .Text("--worker-config", options->worker_config,
            "The workers' configuration file (default none)")
      .Path();
  command.Text("--data-dir", options->data_dir, "Where jobs are kept (default ./lull-data)").Path();
  command.Text("--grpc-address", options->grpc_address,
               "HOST:PORT for clients and workers (default 127.0.0.1:7411)");
  command.Text("--http-address", options->http_address,
               "HOST:PORT for metrics (default 127.0.0.1:7412)");
  command.Number("--workers", options->workers, 1, 64,
                 "How many worker processes, from 1 to 64 (default 1)");
  command.Text("--base-url", options->base_url,
               "The upstream's URL, as an OpenAI SDK takes it (default: LULL_BASE_URL)");
  command.Text("--model", options->model,
               "The model to ask for, whatever jobs name (default: LULL_MODEL)");
  command.Text("--log-dir", options->log_dir, "Where the logs go (default DATA_DIR/logs)").Path();
  command.Text("--log-level", options->log_level, "How much is logged (default info)")
      .Among({"debug", "info", "warning", "error"});
  command
      .Text("--ready-file", options->ready_file,
            "Written when all are ready: JSON with addresses and process numbers (default "
            "none)")
      .Path();
  command
      .Text("--server-binary", options->server_binary,
            "The program lull-server (default: beside this one)")
      .Path();
  command
      .Text("--worker-binary", options->worker_binary,
            "The program lull-worker (default: beside this one)")
      .Path();
  command.Examples({"LULL_BASE_URL=https://api.deepseek.com/v1 LULL_API_KEY=sk-… lull up",
                    "lull up --config server.yaml --worker-config worker.yaml --workers 4"});
  SetRun(command, session, [&session, options] { return Up(session, *options); });
}

}  // namespace lull
