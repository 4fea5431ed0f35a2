// lull why: what a job waits for, or what became of it.
#include <unistd.h>

#include <memory>

#include "base/clock.h"
#include "tools/lull/command_options.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/jobs/why_text.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

struct Options {
  std::string job_id;
  OutputFormat format = OutputFormat::kTable;
};

ExitCode Why(Session& session, const Options& options) {
  Connection client(session);
  v1::GetJobRequest request;
  request.set_job_id(options.job_id);
  request.set_view(v1::JOB_VIEW_FULL);
  const absl::StatusOr<v1::Job> job = client->Call(kGetJob, request, kCallTimeout);
  if (!job.ok()) return Fail(session, job.status());
  if (options.format == OutputFormat::kJson) return PrintJson(session, *job);
  return Print(session, WhyText(*job, SystemClock().WallNow(), Terminal(STDOUT_FILENO)));
}

}  // namespace

void AddWhyCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command =
      app.AddCommand("why", "Say why a job waits and what to do about it, or what happened to it");
  command.Text("JOB", options->job_id, "The job's id").Required();
  AddFormatOption(command, options->format);
  command.Examples({"lull why 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2"});
  SetRun(command, session, [&session, options] { return Why(session, *options); });
}

}  // namespace lull
