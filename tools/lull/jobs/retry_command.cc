// lull retry: new jobs equal to ones that were not answered.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/lull/command_options.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/jobs/job_targets.h"
#include "tools/lull/progress_line.h"
#include "tools/lull/random_id.h"
#include "tools/lull/session.h"
#include "tools/lull/table.h"

namespace lull {
namespace {

struct Options {
  JobTargets targets;
  OutputFormat format = OutputFormat::kTable;
};

ExitCode RetryOne(Session& session, const Options& options) {
  Connection client(session);
  v1::RetryJobRequest request;
  request.set_job_id(options.targets.ids[0]);
  // Makes repeating safe.
  request.set_request_id(absl::StrCat("lull-retry-", RandomId()));
  return PrintJob(session, Persist(session, *client, kRetryJob, request),
                  options.format == OutputFormat::kJson ? JobFormat::kJson : JobFormat::kTable);
}

ExitCode PrintRetried(const Session& session, const v1::RetryJobsResponse& reply, bool heading,
                      OutputFormat format) {
  if (format == OutputFormat::kJson) {
    for (const v1::RetriedJob& job : reply.retried()) {
      const ExitCode code = PrintJson(session, job);
      if (code != ExitCode::kOk) return code;
    }
    return ExitCode::kOk;
  }
  Table table;
  if (heading && reply.retried_size() > 0) table.AddHeading({"JOB", "NEW JOB"});
  for (const v1::RetriedJob& job : reply.retried()) {
    table.AddRow({Printable(job.job_id(), LineBreaks::kEscape),
                  Printable(job.new_job_id(), LineBreaks::kEscape)});
  }
  return Print(session, table.ToString());
}

ExitCode RetryMany(Session& session, const Options& options, const std::string& filter) {
  int64_t retried = 0;
  int64_t skipped = 0;
  int64_t refused = 0;
  ExitCode code;
  {
    ProgressLine progress(SystemClock());
    code = ForTargets<v1::RetryJobsRequest, v1::RetryJobsResponse>(
        session, kRetryJobs, options.targets, filter, [&](const v1::RetryJobsResponse& reply) {
          const ExitCode printed = PrintRetried(session, reply, retried == 0, options.format);
          retried += reply.retried_size();
          skipped += reply.skipped_count();
          refused = reply.refused_job_ids_size();
          progress.Show(absl::StrCat(retried, " retried"));
          if (printed != ExitCode::kOk || refused == 0) return printed;
          return Fail(session, StatusOf(reply.refusal()));
        });
  }
  if (options.format == OutputFormat::kTable && code != ExitCode::kOutputClosed) {
    Say(absl::StrCat("Retried ", retried, "; passed over ", skipped,
                     " that cannot be retried or have been already."));
    if (refused > 0) {
      Say("The others were not retried: repeat the command for them, what was retried is passed "
          "over.");
    }
  }
  return code;
}

ExitCode Retry(Session& session, const Options& options) {
  const auto filter = CheckedFilterOf(options.targets, SystemClock().WallNow());
  if (!filter.ok()) return FailUsage(session, filter.status());
  return options.targets.IsOne() ? RetryOne(session, options)
                                 : RetryMany(session, options, *filter);
}

}  // namespace

void AddRetryCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command =
      app.AddCommand("retry", "Make new jobs equal to ones that failed, were cancelled or expired");
  AddTargetOptions(command, options->targets);
  AddFormatOption(command, options->format);
  command.Examples(
      {"lull retry 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2", "lull retry --state failed --since 2h"});
  SetRun(command, session, [&session, options] { return Retry(session, *options); });
}

}  // namespace lull
