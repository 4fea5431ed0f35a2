// lull update: changes a job that has not started.
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/status_macros.h"
#include "tools/lull/command_options.h"
#include "tools/lull/job_arguments.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/session.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

struct Options {
  std::string job_id;
  std::string class_name;
  std::optional<int32_t> priority;
  std::string deadline;
  std::vector<std::string> labels;
  bool no_labels = false;
  OutputFormat format = OutputFormat::kTable;
};

absl::StatusOr<v1::UpdateJobRequest> RequestOf(const Options& options, absl::Time now) {
  v1::UpdateJobRequest request;
  v1::Job& job = *request.mutable_job();
  auto& mask = *request.mutable_update_mask();
  job.set_id(options.job_id);
  if (!options.class_name.empty()) {
    job.set_class_name(options.class_name);
    mask.add_paths("class_name");
  }
  if (options.priority.has_value()) {
    job.set_priority(*options.priority);
    mask.add_paths("priority");
  }
  if (!options.deadline.empty()) {
    LULL_ASSIGN_OR_RETURN(const absl::Time deadline, ParseMoment(options.deadline, now));
    *job.mutable_deadline() = ToTimestamp(deadline);
    mask.add_paths("deadline");
  }
  if (!options.labels.empty() || options.no_labels) {
    LULL_ASSIGN_OR_RETURN(const auto labels, ParseLabels(options.labels));
    job.mutable_labels()->insert(labels.begin(), labels.end());
    mask.add_paths("labels");
  }
  if (mask.paths().empty()) {
    return absl::InvalidArgumentError(
        "say what to change: --class, --priority, --deadline, --label or --no-labels");
  }
  return request;
}

ExitCode Update(Session& session, const Options& options) {
  const auto request = RequestOf(options, SystemClock().WallNow());
  if (!request.ok()) return FailUsage(session, request.status());
  Connection client(session);
  return PrintJob(session, Persist(session, *client, kUpdateJob, *request),
                  options.format == OutputFormat::kJson ? JobFormat::kJson : JobFormat::kTable);
}

}  // namespace

void AddUpdateCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command =
      app.AddCommand("update", "Change the class, priority, deadline or labels of a pending job");
  command.Text("JOB", options->job_id, "The job's id").Required();
  command.Text("--class", options->class_name, "Its new class (default: as it is)");
  command.Number("--priority", options->priority, -9, 9,
                 "Its new priority, from -9 to 9; larger is sooner (default: as it is)");
  command.Text("--deadline", options->deadline,
               "Its new deadline: RFC 3339, or +2h from now on (default: as it is)");
  const Option labels = command.Texts(
      "--label", options->labels,
      "KEY=VALUE, any number of times, in place of all its labels (default: as they are)");
  command.Flag("--no-labels", options->no_labels, "Take all its labels away (default: keep them)")
      .Excludes(labels);
  AddFormatOption(command, options->format);
  command.Examples({"lull update 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2 --priority 9",
                    "lull update 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2 --class interactive "
                    "--deadline +30m"});
  SetRun(command, session, [&session, options] { return Update(session, *options); });
}

}  // namespace lull
