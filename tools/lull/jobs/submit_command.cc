// lull submit: makes a job.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/lull/command_options.h"
#include "tools/lull/job_arguments.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/random_id.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

struct Options {
  JobArguments job;
  bool wait = false;
  std::string timeout = "24h";
  JobFormat format = JobFormat::kTable;
};

ExitCode Submit(Session& session, const Options& options) {
  absl::StatusOr<v1::CreateJobRequest> request = RequestOf(options.job, SystemClock().WallNow());
  const absl::StatusOr<absl::Duration> timeout = ParseSpan(options.timeout);
  if (!request.ok() || !timeout.ok()) {
    return FailUsage(session, request.ok() ? timeout.status() : request.status());
  }
  if (request->request_id().empty() && !request->validate_only()) {
    request->set_request_id(absl::StrCat("lull-submit-", RandomId()));
  }
  Connection client(session);
  // The request id makes repeating safe.
  absl::StatusOr<v1::Job> job = Persist(session, *client, kCreateJob, *request);
  if (!job.ok() || !options.wait || request->validate_only()) {
    return PrintJob(session, job, options.format);
  }
  job = WaitForEnd(session, *client, std::string(job->id()), *timeout);
  const ExitCode printed = PrintJob(session, job, options.format);
  return printed == ExitCode::kOk ? ExitCodeOfEnd(*job) : printed;
}

void AddContentOptions(Command command, JobArguments& job) {
  command
      .Text("FILE", job.file,
            "The request's JSON body; - reads the standard input (default: from --prompt)")
      .Path();
  command.Text("--model", job.model, "The model; replaces the one in FILE (default: FILE's)")
      .Environment("LULL_MODEL");
  command.Text("--prompt", job.prompt, "The user's message (default none)");
  command.Text("--system", job.system, "The system message before it (default none)");
  command.Texts("--message", job.messages,
                "ROLE:TEXT, any number of times, in this order (default none)");
  command.Text("--path", job.path, "The API path (default /v1/chat/completions)");
}

void AddJobOptions(Command command, JobArguments& job) {
  command.Text("--class", job.class_name, "The class (default: the server's)");
  command.Number("--priority", job.priority, -9, 9,
                 "From -9 to 9: larger is sooner in its class (default 0)");
  command.Texts("--label", job.labels, "KEY=VALUE, any number of times (default none)");
  command.Text("--request-id", job.request_id,
               "Repeating the command with the same id makes no second job (default: a new id)");
  command.Text("--schedule", job.schedule,
               "Not before this time: RFC 3339, or +2h from now on (default: at once)");
  const Option deadline =
      command.Text("--deadline", job.deadline,
                   "Give up at this time: RFC 3339, or +2h from now on (default: the class's ttl)");
  command
      .Text("--ttl", job.ttl,
            "Give up after this time, such as 90s, 2h or 1d (default: the class's)")
      .Excludes(deadline);
  command.Text("--max-wait", job.max_wait,
               "Refuse the job if it would wait longer, such as 90s or 2h (default: take it)");
  command.Flag("--validate-only", job.validate_only,
               "Check the job and make none (default: make it)");
}

}  // namespace

void AddSubmitCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  options->job.path = "/v1/chat/completions";
  Command command = app.AddCommand("submit", "Make a job: one call to be answered");
  AddContentOptions(command, options->job);
  AddJobOptions(command, options->job);
  command.Flag("--wait", options->wait, "Wait for the answer and print it (default: do not wait)");
  command.Text("--timeout", options->timeout,
               "The longest time for --wait to wait, such as 90s, 1h30m or 2d (default 24h)");
  AddJobFormatOption(command, options->format);
  command.Examples({"lull submit --model deepseek-chat --prompt \"Why is the sky blue?\" --wait",
                    "lull submit request.json --class batch --label team=a --ttl 6h"});
  SetRun(command, session, [&session, options] { return Submit(session, *options); });
}

}  // namespace lull
