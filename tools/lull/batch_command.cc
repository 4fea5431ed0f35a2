// lull batch run: a file of requests in, a file of answers out.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tools/lull/batch/batch_run.h"
#include "tools/lull/batch/summary_text.h"
#include "tools/lull/command_options.h"
#include "tools/lull/job_arguments.h"
#include "tools/lull/local_commands.h"
#include "tools/lull/session.h"
#include "tools/lull/terminal.h"

namespace lull {
namespace {

struct Options {
  RunPaths paths;
  std::string class_name = "batch";
  int32_t priority = 0;
  std::vector<std::string> labels;
  std::string ttl;
  size_t max_in_flight = 1000;
  std::string patience = "10m";
  bool json = false;
  bool quiet = false;
};

// "out.errors.jsonl" for "out.jsonl".
std::string ErrorsPathFor(const std::string& output) {
  return absl::StrCat(absl::StripSuffix(output, ".jsonl"), ".errors.jsonl");
}

std::string Normal(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

absl::Status CheckPaths(RunPaths* paths) {
  if (paths->errors.empty()) paths->errors = ErrorsPathFor(paths->output);
  const std::string input = Normal(paths->input);
  const std::string output = Normal(paths->output);
  const std::string errors = Normal(paths->errors);
  if (input == output || input == errors || output == errors) {
    return absl::InvalidArgumentError(absl::StrCat("the input (", input, "), the output (", output,
                                                   ") and the errors (", errors,
                                                   ") have to be three files"));
  }
  return absl::OkStatus();
}

absl::StatusOr<BatchRunOptions> RunOptionsOf(const Options& options) {
  BatchRunOptions run;
  run.job.class_name = options.class_name;
  run.job.priority = options.priority;
  LULL_ASSIGN_OR_RETURN(run.job.labels, ParseLabels(options.labels));
  if (!options.ttl.empty()) {
    LULL_ASSIGN_OR_RETURN(run.job.ttl, ParseSpan(options.ttl));
  }
  LULL_ASSIGN_OR_RETURN(run.patience, ParseSpan(options.patience));
  run.live_jobs_max = options.max_in_flight;
  return run;
}

// What to tell a person whose run has stopped early.
std::string ResumeHint(const RunLedger& ledger) {
  return absl::StrCat(ledger.answered() + ledger.failed(), " of ", ledger.size(),
                      " are done. Jobs at the server go on. To continue, run the same command "
                      "again.");
}

ExitCode RunLedgerToEnd(Session& session, const Options& options, const BatchRunOptions& run,
                        RunLedger& ledger) {
  const Clock& clock = SystemClock();
  const absl::Duration start = clock.Now().steady;
  Connection client(session);
  ProgressDisplay display(clock, options.quiet);
  if (ledger.answered() + ledger.failed() > 0) {
    display.Say(absl::StrCat("Continuing: ", ledger.answered() + ledger.failed(), " of ",
                             ledger.size(), " are done."));
  }
  const absl::Status ran =
      BatchRun(clock, *client, session.interruption, ledger, display, run).Run();
  if (!ran.ok()) {
    const ExitCode code = Fail(session, ran);
    display.Say(ResumeHint(ledger));
    return code;
  }
  RunSummary summary = ledger.tally().Summary();
  summary.total = ledger.size();
  summary.elapsed = clock.Now().steady - start;
  const std::string text = options.json
                               ? SummaryJson(summary, options.paths)
                               : SummaryText(summary, options.paths, Terminal(STDOUT_FILENO));
  std::fputs(text.c_str(), stdout);
  return ledger.failed() == 0 ? ExitCode::kOk : ExitCode::kJobFailed;
}

ExitCode RunBatchFile(Session& session, Options& options) {
  const absl::Status paths = CheckPaths(&options.paths);
  const absl::StatusOr<BatchRunOptions> run = RunOptionsOf(options);
  if (!paths.ok() || !run.ok()) {
    return FailUsage(session, paths.ok() ? run.status() : paths);
  }
  // All that makes two runs the same, besides the input.
  const std::string identity =
      absl::StrCat(run->job.ToText(), " errors=", Normal(options.paths.errors));
  absl::StatusOr<RunLedger> ledger = RunLedger::Open(options.paths, identity);
  if (!ledger.ok()) {
    const ExitCode code = Fail(session, ledger.status());
    // Not the job but the file is not there, and not the server but the file is busy.
    if (code == ExitCode::kNotFound) return ExitCode::kUsage;
    return code == ExitCode::kUnreachable ? ExitCode::kFailed : code;
  }
  return RunLedgerToEnd(session, options, *run, *ledger);
}

}  // namespace

void AddBatchCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command batch = app.AddCommand("batch", "Run files of requests");
  batch.NeedCommand();
  Command command = batch.AddCommand(
      "run",
      "Run every line of a file in OpenAI's batch format as a job, and write the answers into "
      "another file.\nIt can be stopped at any time; the same command continues it.");
  command.Text("IN", options->paths.input, "The requests, one JSON object a line")
      .Required()
      .Path();
  command.Text("-o,--out", options->paths.output, "The file for the answers").Required().Path();
  command
      .Text("--errors", options->paths.errors,
            "The file for what was not answered (default: OUT with .errors before .jsonl)")
      .Path();
  command.Text("--class", options->class_name, "The class of the jobs (default batch)");
  command.Number("--priority", options->priority, -9, 9,
                 "From -9 to 9: larger is sooner in its class (default 0)");
  command.Texts("--label", options->labels,
                "KEY=VALUE for all jobs, any number of times (default none)");
  command.Text("--ttl", options->ttl,
               "Give each job up after this time, such as 2h or 1d (default: the class's)");
  command.Number("--max-in-flight", options->max_in_flight, 1, 100'000,
                 "Most jobs at the server at the same time, from 1 to 100000 (default 1000)");
  command.Text("--patience", options->patience,
               "How long to wait for a server that does not answer, such as 90s (default 10m)");
  command.Flag("--json", options->json, "Print the summary as JSON (default: as text)");
  command.Flag("-q,--quiet", options->quiet, "Show no progress (default: show it)");
  command.Examples({"lull batch run in.jsonl -o out.jsonl --label run=7"});
  SetRun(command, session, [&session, options] { return RunBatchFile(session, *options); });
}

}  // namespace lull
