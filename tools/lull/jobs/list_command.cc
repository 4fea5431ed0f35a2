// lull list: the jobs that are there.
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/lull/command_options.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/jobs/job_row.h"
#include "tools/lull/jobs/job_selection.h"
#include "tools/lull/session.h"
#include "tools/lull/table.h"

namespace lull {
namespace {

constexpr int kPageSizeMax = 1000;

struct Options {
  JobSelection selection;
  int64_t limit = 50;
  bool all = false;
  OutputFormat format = OutputFormat::kTable;
};

// Prints pages of jobs as they come.
class JobPrinter {
 public:
  JobPrinter(const Session& session, OutputFormat format)
      : session_(session), format_(format), terminal_(STDOUT_FILENO) {}

  ExitCode Print(const google::protobuf::RepeatedPtrField<v1::Job>& jobs) {
    if (jobs.empty()) return ExitCode::kOk;
    if (format_ == OutputFormat::kJson) {
      for (const v1::Job& job : jobs) {
        const ExitCode code = PrintJson(session_, job);
        if (code != ExitCode::kOk) return code;
      }
      return ExitCode::kOk;
    }
    Table table;
    if (!heading_printed_) table.AddHeading(JobHeading());
    heading_printed_ = true;
    const absl::Time now = SystemClock().WallNow();
    for (const v1::Job& job : jobs) table.AddRow(JobRow(job, now));
    return lull::Print(session_, table.ToString(StyleFor(terminal_)));
  }

 private:
  const Session& session_;
  const OutputFormat format_;
  const Terminal terminal_;
  bool heading_printed_ = false;
};

// What to say after the last page, on a terminal's screen or beside a file.
void SayHowItEnded(const Options& options, int64_t printed, bool more) {
  if (options.format == OutputFormat::kJson) return;
  if (printed == 0 && !more) {
    Say(options.selection.IsEmpty() ? "There are no jobs." : "No jobs match.");
  } else if (more) {
    Say(absl::StrCat("The newest ", printed, " are shown; --limit N or --all shows more."));
  }
}

ExitCode List(Session& session, const Options& options) {
  const absl::StatusOr<std::string> filter = FilterOf(options.selection, SystemClock().WallNow());
  if (!filter.ok()) return FailUsage(session, filter.status());
  Connection client(session);
  JobPrinter printer(session, options.format);
  v1::ListJobsRequest request;
  request.set_filter(*filter);
  int64_t printed = 0;
  for (;;) {
    const int64_t left = options.all ? kPageSizeMax : options.limit - printed;
    request.set_page_size(static_cast<int32_t>(std::min<int64_t>(left, kPageSizeMax)));
    const auto page = Persist(session, *client, kListJobs, request);
    if (!page.ok()) return Fail(session, page.status());
    const ExitCode code = printer.Print(page->jobs());
    if (code != ExitCode::kOk) return code;
    printed += page->jobs_size();
    request.set_page_token(page->next_page_token());
    if (page->next_page_token().empty() || (!options.all && printed >= options.limit)) break;
  }
  SayHowItEnded(options, printed, !request.page_token().empty());
  return ExitCode::kOk;
}

}  // namespace

void AddListCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command =
      app.AddCommand("list", "List jobs, newest first, with what they wait for or how they ended");
  AddSelectionOptions(command, options->selection);
  const Option limit = command.Number("--limit", options->limit, 1, 1'000'000,
                                      "The most jobs to list, from 1 to 1000000 (default 50)");
  command.Flag("--all", options->all, "List all of them (default: up to --limit)").Excludes(limit);
  AddFormatOption(command, options->format);
  command.Examples({"lull list --state failed --class batch --since 2h",
                    "lull list --label team=a --filter 'create_time < \"2026-11-24T00:00:00Z\"'",
                    "lull list --state live --all -o json | jq -r .id"});
  SetRun(command, session, [&session, options] { return List(session, *options); });
}

}  // namespace lull
