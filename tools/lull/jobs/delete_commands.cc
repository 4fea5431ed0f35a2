// lull delete, lull purge: jobs that have ended, with their requests and answers.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/lull/command_options.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/jobs/job_selection.h"
#include "tools/lull/progress_line.h"
#include "tools/lull/session.h"
#include "tools/lull/terminal.h"

namespace lull {
namespace {

constexpr int kSampleMax = 10;

struct DeleteOptions {
  std::vector<std::string> ids;
  OutputFormat format = OutputFormat::kTable;
};

struct PurgeOptions {
  JobSelection selection;
  bool force = false;
  OutputFormat format = OutputFormat::kTable;
};

absl::Status DeleteOne(Session& session, Client& client, const v1::DeleteJobRequest& request) {
  int tries = 0;
  return PersistUntil(session, kRestartPatience, [&] {
    const absl::Status status = client.Call(kDeleteJob, request, kCallTimeout).status();
    // The try before may have done it without being able to say so.
    return ++tries > 1 && absl::IsNotFound(status) ? absl::OkStatus() : status;
  });
}

// Goes on after an error, which decides the exit code.
ExitCode Delete(Session& session, const DeleteOptions& options) {
  Connection client(session);
  ExitCode code = ExitCode::kOk;
  int64_t deleted = 0;
  for (const std::string& id : options.ids) {
    v1::DeleteJobRequest request;
    request.set_job_id(id);
    const absl::Status status = DeleteOne(session, *client, request);
    if (!status.ok()) {
      code = Fail(session, status);
      if (code == ExitCode::kInterrupted || code == ExitCode::kUnreachable) break;
      continue;
    }
    ++deleted;
    if (options.format == OutputFormat::kJson) {
      const ExitCode printed = PrintJson(session, request);
      if (printed != ExitCode::kOk) return printed;
    }
  }
  if (options.format == OutputFormat::kJson) return code;
  const ExitCode printed =
      Print(session, absl::StrCat("Deleted ", deleted, " of ", options.ids.size(), ".\n"));
  return code == ExitCode::kOk ? printed : code;
}

std::string PurgeText(const v1::PurgeJobsResponse& sum, bool force) {
  if (force) return absl::StrCat("Deleted ", sum.purge_count(), ".\n");
  if (sum.purge_count() == 0) return "No job that has ended matches.\n";
  std::string text = absl::StrCat("Would delete ", sum.purge_count(), ":\n");
  for (const std::string& id : sum.purge_sample()) {
    absl::StrAppend(&text, "  ", Printable(id, LineBreaks::kEscape), "\n");
  }
  if (sum.purge_count() > sum.purge_sample_size()) absl::StrAppend(&text, "  …\n");
  return text + "Nothing was deleted. The same command with --force deletes them.\n";
}

ExitCode Purge(Session& session, const PurgeOptions& options) {
  if (options.selection.IsEmpty()) {
    return FailUsage(session, absl::InvalidArgumentError(
                                  "say which jobs: --class, --label, --until and so on; --state "
                                  "ended means every job that has ended"));
  }
  const auto filter = FilterOf(options.selection, SystemClock().WallNow());
  if (!filter.ok()) return FailUsage(session, filter.status());
  Connection client(session);
  v1::PurgeJobsRequest request;
  request.set_filter(*filter);
  request.set_force(options.force);
  v1::PurgeJobsResponse sum;
  {
    ProgressLine progress(SystemClock());
    do {
      const auto reply = Persist(session, *client, kPurgeJobs, request);
      if (!reply.ok()) {
        const ExitCode code = Fail(session, reply.status());
        if (options.force) Say(absl::StrCat(sum.purge_count(), " were deleted before that."));
        return code;
      }
      sum.set_purge_count(sum.purge_count() + reply->purge_count());
      for (const std::string& id : reply->purge_sample()) {
        if (sum.purge_sample_size() < kSampleMax) sum.add_purge_sample(id);
      }
      progress.Show(absl::StrCat(sum.purge_count(), options.force ? " deleted" : " found"));
      request.set_page_token(reply->next_page_token());
    } while (!request.page_token().empty());
  }
  if (options.format == OutputFormat::kJson) return PrintJson(session, sum);
  return Print(session, PurgeText(sum, options.force));
}

}  // namespace

void AddDeleteCommand(Command app, Session& session) {
  const auto options = std::make_shared<DeleteOptions>();
  Command command =
      app.AddCommand("delete", "Delete jobs that have ended, with their requests and answers");
  command.Texts("JOB", options->ids, "The jobs' ids").Required();
  AddFormatOption(command, options->format);
  command.Examples({"lull delete 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2"});
  SetRun(command, session, [&session, options] { return Delete(session, *options); });
}

void AddPurgeCommand(Command app, Session& session) {
  const auto options = std::make_shared<PurgeOptions>();
  Command command = app.AddCommand(
      "purge", "Delete all jobs that match and have ended; without --force only say which");
  AddSelectionOptions(command, options->selection);
  command.Flag("--force", options->force, "Delete them (default: say what would be deleted)");
  AddFormatOption(command, options->format);
  command.Examples({"lull purge --class batch --until 7d", "lull purge --state ended --force"});
  SetRun(command, session, [&session, options] { return Purge(session, *options); });
}

}  // namespace lull
