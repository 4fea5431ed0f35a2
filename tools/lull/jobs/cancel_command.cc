// lull cancel: one job, or many.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/lull/command_options.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/jobs/job_targets.h"
#include "tools/lull/progress_line.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

struct Options {
  JobTargets targets;
  OutputFormat format = OutputFormat::kTable;
};

ExitCode CancelOne(Session& session, const Options& options) {
  Connection client(session);
  v1::CancelJobRequest request;
  request.set_job_id(options.targets.ids[0]);
  return PrintJob(session, Persist(session, *client, kCancelJob, request),
                  options.format == OutputFormat::kJson ? JobFormat::kJson : JobFormat::kTable);
}

ExitCode CancelMany(Session& session, const Options& options, const std::string& filter) {
  v1::CancelJobsResponse sum;
  {
    ProgressLine progress(SystemClock());
    const ExitCode code = ForTargets<v1::CancelJobsRequest, v1::CancelJobsResponse>(
        session, kCancelJobs, options.targets, filter, [&](const v1::CancelJobsResponse& reply) {
          sum.set_cancelled_count(sum.cancelled_count() + reply.cancelled_count());
          sum.set_skipped_count(sum.skipped_count() + reply.skipped_count());
          progress.Show(absl::StrCat(sum.cancelled_count(), " cancelled"));
          return ExitCode::kOk;
        });
    if (code != ExitCode::kOk) {
      Say(absl::StrCat(sum.cancelled_count(), " were cancelled before that."));
      return code;
    }
  }
  if (options.format == OutputFormat::kJson) return PrintJson(session, sum);
  return Print(session, absl::StrCat("Cancelled ", sum.cancelled_count(), "; passed over ",
                                     sum.skipped_count(), " that had ended or are not there.\n"));
}

ExitCode Cancel(Session& session, const Options& options) {
  const auto filter = CheckedFilterOf(options.targets, SystemClock().WallNow());
  if (!filter.ok()) return FailUsage(session, filter.status());
  return options.targets.IsOne() ? CancelOne(session, options)
                                 : CancelMany(session, options, *filter);
}

}  // namespace

void AddCancelCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command = app.AddCommand(
      "cancel",
      "Cancel jobs: pending ones at once, running ones by asking their worker to stop the call");
  AddTargetOptions(command, options->targets);
  AddFormatOption(command, options->format);
  command.Examples({"lull cancel 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2",
                    "lull cancel --class batch --label run=7 --state live"});
  SetRun(command, session, [&session, options] { return Cancel(session, *options); });
}

}  // namespace lull
