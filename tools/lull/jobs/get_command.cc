// lull get, lull wait: one job by its id.
#include <memory>

#include "tools/lull/command_options.h"
#include "tools/lull/job_arguments.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

struct Options {
  std::string job_id;
  std::string timeout = "24h";
  JobFormat format = JobFormat::kTable;
};

ExitCode Get(Session& session, const Options& options) {
  Connection client(session);
  v1::GetJobRequest request;
  request.set_job_id(options.job_id);
  request.set_view(v1::JOB_VIEW_FULL);
  return PrintJob(session, client->Call(kGetJob, request, kCallTimeout), options.format);
}

ExitCode Wait(Session& session, const Options& options) {
  const absl::StatusOr<absl::Duration> timeout = ParseSpan(options.timeout);
  if (!timeout.ok()) return FailUsage(session, timeout.status());
  Connection client(session);
  const absl::StatusOr<v1::Job> job = WaitForEnd(session, *client, options.job_id, *timeout);
  const ExitCode printed = PrintJob(session, job, options.format);
  return printed == ExitCode::kOk ? ExitCodeOfEnd(*job) : printed;
}

Command AddJobCommand(Command app, const std::string& name, const std::string& description,
                      Options& options) {
  Command command = app.AddCommand(name, description);
  command.Text("JOB", options.job_id, "The job's id").Required();
  AddJobFormatOption(command, options.format);
  return command;
}

}  // namespace

void AddGetCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command = AddJobCommand(app, "get", "Show a job, with its attempts and answer", *options);
  command.Examples({"lull get 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2",
                    "lull get 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2 -o body | jq ."});
  SetRun(command, session, [&session, options] { return Get(session, *options); });
}

void AddWaitCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command = AddJobCommand(app, "wait", "Wait for a job's end and show it", *options);
  command.Text("--timeout", options->timeout,
               "The longest time to wait, such as 90s, 1h30m or 2d (default 24h)");
  command.Examples({"lull wait 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2 --timeout 10m -o body"});
  SetRun(command, session, [&session, options] { return Wait(session, *options); });
}

}  // namespace lull
