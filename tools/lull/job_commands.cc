// lull get, lull wait, lull cancel: one job by its id.
#include <CLI/CLI.hpp>
#include <memory>

#include "tools/lull/job_arguments.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(20);

struct Options {
  std::string job_id;
  std::string timeout = "24h";
  JobFormat format = JobFormat::kTable;
};

ExitCode Get(Session& session, const Options& options) {
  Client client(session.server);
  const auto registration = session.interruption.OnStop([&client] { client.Cancel(); });
  v1::GetJobRequest request;
  request.set_job_id(options.job_id);
  request.set_view(v1::JOB_VIEW_FULL);
  return PrintJob(session, client.GetJob(request, kCallTimeout), options.format);
}

ExitCode Wait(Session& session, const Options& options) {
  const absl::StatusOr<absl::Duration> timeout = ParseSpan(options.timeout);
  if (!timeout.ok()) {
    Fail(session, timeout.status());
    return ExitCode::kUsage;
  }
  Client client(session.server);
  const auto registration = session.interruption.OnStop([&client] { client.Cancel(); });
  const absl::StatusOr<v1::Job> job = WaitForEnd(session, client, options.job_id, *timeout);
  const ExitCode printed = PrintJob(session, job, options.format);
  return printed == ExitCode::kOk ? ExitCodeOfEnd(*job) : printed;
}

ExitCode Cancel(Session& session, const Options& options) {
  Client client(session.server);
  const auto registration = session.interruption.OnStop([&client] { client.Cancel(); });
  v1::CancelJobRequest request;
  request.set_job_id(options.job_id);
  return PrintJob(session, client.CancelJob(request, kCallTimeout), options.format);
}

// A command whose argument is a job's id.
CLI::App& AddJobCommand(CLI::App& app, Session& session, const std::string& name,
                        const std::string& description, std::shared_ptr<Options> options,
                        ExitCode (*run)(Session&, const Options&)) {
  CLI::App& command = *app.add_subcommand(name, description);
  command.add_option("JOB", options->job_id, "The job's id")->required();
  AddJobFormatOption(command, options->format);
  command.callback([&session, options, run] {
    session.run = [&session, options, run] { return run(session, *options); };
  });
  return command;
}

}  // namespace

void AddGetCommand(CLI::App& app, Session& session) {
  AddJobCommand(app, session, "get", "Show a job", std::make_shared<Options>(), &Get);
}

void AddWaitCommand(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App& command =
      AddJobCommand(app, session, "wait", "Wait for a job's end and show it", options, &Wait);
  command.add_option("--timeout", options->timeout, "The longest time to wait");
}

void AddCancelCommand(CLI::App& app, Session& session) {
  AddJobCommand(app, session, "cancel", "Cancel a job", std::make_shared<Options>(), &Cancel);
}

}  // namespace lull
