// lull submit: makes a job.
#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/lull/job_arguments.h"
#include "tools/lull/random_id.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(20);
// Long enough for a server that restarts; the request id makes repeating safe.
constexpr absl::Duration kSubmitPatience = absl::Seconds(5);

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
    Fail(session, request.ok() ? timeout.status() : request.status());
    return ExitCode::kUsage;
  }
  if (request->request_id().empty() && !request->validate_only()) {
    request->set_request_id(absl::StrCat("lull-submit-", RandomId()));
  }
  Client client(session.server);
  const auto registration = session.interruption.OnStop([&client] { client.Cancel(); });
  absl::StatusOr<v1::Job> job =
      Persist(session, kSubmitPatience, [&] { return client.CreateJob(*request, kCallTimeout); });
  if (!job.ok() || !options.wait || request->validate_only()) {
    return PrintJob(session, job, options.format);
  }
  job = WaitForEnd(session, client, std::string(job->id()), *timeout);
  const ExitCode printed = PrintJob(session, job, options.format);
  return printed == ExitCode::kOk ? ExitCodeOfEnd(*job) : printed;
}

void AddContentOptions(CLI::App& command, JobArguments& job) {
  command.add_option("FILE", job.file, "The request's JSON body; - reads the standard input");
  command.add_option("--model", job.model, "The model; replaces the one in FILE")
      ->envname("LULL_MODEL");
  command.add_option("--prompt", job.prompt, "The user's message");
  command.add_option("--system", job.system, "The system message before it");
  command.add_option("--message", job.messages, "ROLE:TEXT, any number of times, in this order")
      ->allow_extra_args(false);
  command.add_option("--path", job.path, "The API path")->default_val("/v1/chat/completions");
}

void AddJobOptions(CLI::App& command, JobArguments& job) {
  command.add_option("--class", job.class_name, "The class; without it the server's default");
  command.add_option("--priority", job.priority, "From -9 to 9: larger is sooner in its class")
      ->check(CLI::Range(-9, 9));
  command.add_option("--label", job.labels, "KEY=VALUE, any number of times")
      ->allow_extra_args(false);
  command.add_option("--request-id", job.request_id,
                     "Repeating the command with the same id makes no second job");
  command.add_option("--schedule", job.schedule, "Not before this time: RFC 3339, or +2h");
  CLI::Option* deadline =
      command.add_option("--deadline", job.deadline, "Give up at this time: RFC 3339, or +2h");
  command.add_option("--ttl", job.ttl, "Give up after this time, for example 2h")
      ->excludes(deadline);
  command.add_option("--max-wait", job.max_wait, "Refuse the job if it would wait longer");
  command.add_flag("--validate-only", job.validate_only, "Check the job and make none");
}

}  // namespace

void AddSubmitCommand(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = *app.add_subcommand("submit", "Make a job");
  AddContentOptions(command, options->job);
  AddJobOptions(command, options->job);
  command.add_flag("--wait", options->wait, "Wait for the answer and print it");
  command.add_option("--timeout", options->timeout, "The longest time for --wait to wait");
  AddJobFormatOption(command, options->format);
  command.callback([&session, options] {
    session.run = [&session, options] { return Submit(session, *options); };
  });
}

}  // namespace lull
