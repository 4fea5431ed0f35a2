// lull watch: follows jobs, one line for each thing that happens.
#include <unistd.h>

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tools/lull/command_options.h"
#include "tools/lull/job_arguments.h"
#include "tools/lull/job_tally.h"
#include "tools/lull/jobs/event_text.h"
#include "tools/lull/jobs/job_commands.h"
#include "tools/lull/jobs/job_watch.h"
#include "tools/lull/message_json.h"
#include "tools/lull/session.h"

namespace lull {
namespace {

struct Options {
  std::vector<std::string> ids;
  std::vector<std::string> labels;
  std::optional<int64_t> resume_after;
  bool until_terminal = false;
  bool answers = false;
  bool partial = false;
  OutputFormat format = OutputFormat::kTable;
};

// Prints what happens. Its errors are those of the output; `code` says which.
class WatchPrinter : public WatchSink {
 public:
  WatchPrinter(const Session& session, OutputFormat format)
      : session_(session), json_(format == OutputFormat::kJson), terminal_(STDOUT_FILENO) {}

  absl::Status OnJob(const v1::Job& job) override {
    NoteState(job.state());
    return json_ ? Json("job", job) : Line(SnapshotLine(job, Now(), terminal_));
  }
  absl::Status OnSynced(int64_t seq) override {
    v1::WatchSynced synced;
    synced.set_seq(seq);
    return json_ ? Json("synced", synced) : absl::OkStatus();
  }
  absl::Status OnEvent(const v1::JobEvent& event) override {
    if (event.type() == v1::JOB_EVENT_TYPE_ENDED) NoteState(event.state());
    return json_ ? Json("event", event) : Line(EventLine(event, terminal_));
  }
  absl::Status OnOutput(const v1::WatchOutput& output) override {
    return json_ ? Json("output", output) : Line(OutputLine(output, Now(), terminal_));
  }
  void Say(const std::string& text) override { lull::Say(text); }

  // Not kOk: the output could not be written.
  ExitCode code() const { return code_; }
  // Whether a job ended otherwise than SUCCEEDED.
  bool failures() const { return failures_; }

 private:
  static absl::Time Now() { return SystemClock().WallNow(); }

  void NoteState(v1::JobState state) {
    v1::Job job;
    job.set_state(state);
    failures_ = failures_ || (HasEnded(job) && state != v1::JOB_STATE_SUCCEEDED);
  }

  absl::Status Json(const char* name, const google::protobuf::Message& message) {
    LULL_ASSIGN_OR_RETURN(const std::string json, MessageJson(message));
    return Line(absl::StrCat("{\"", name, "\":", absl::StripSuffix(json, "\n"), "}\n"));
  }

  absl::Status Line(const std::string& line) {
    code_ = Print(session_, line);
    return code_ == ExitCode::kOk ? absl::OkStatus() : absl::AbortedError("not written");
  }

  const Session& session_;
  const bool json_;
  const Terminal terminal_;
  ExitCode code_ = ExitCode::kOk;
  bool failures_ = false;
};

absl::StatusOr<v1::WatchJobsRequest> RequestOf(const Options& options) {
  v1::WatchJobsRequest request;
  if (options.ids.empty() == options.labels.empty()) {
    return absl::InvalidArgumentError(
        options.ids.empty() ? "say which jobs: their ids, or the labels they were created with "
                              "(--label KEY=VALUE)"
                            : "name jobs by their ids or by --label, not both");
  }
  for (const std::string& id : options.ids) request.mutable_jobs()->add_job_ids(id);
  if (!options.labels.empty()) {
    LULL_ASSIGN_OR_RETURN(const auto labels, ParseLabels(options.labels));
    request.mutable_create_labels()->mutable_labels()->insert(labels.begin(), labels.end());
    if (options.until_terminal) {
      return absl::InvalidArgumentError(
          "--until-terminal needs ids: more jobs with these labels may come at any time");
    }
  }
  if (options.resume_after.has_value()) request.set_resume_after(*options.resume_after);
  request.set_until_terminal(options.until_terminal);
  request.set_include_response(options.answers);
  request.set_include_output(options.partial);
  return request;
}

ExitCode Watch(Session& session, const Options& options) {
  const auto request = RequestOf(options);
  if (!request.ok()) return FailUsage(session, request.status());
  Connection client(session);
  WatchPrinter printer(session, options.format);
  JobWatch watch(*client, session.interruption, *request, printer);
  const absl::Status ended = watch.Run();
  if (printer.code() != ExitCode::kOk) return printer.code();
  if (ended.ok()) return printer.failures() ? ExitCode::kJobFailed : ExitCode::kOk;
  const ExitCode code = Fail(session, ended);
  if (code == ExitCode::kInterrupted && watch.position() > 0) {
    Say(absl::StrCat("To go on without a gap: the same command with --resume-after ",
                     watch.position()));
  }
  return code;
}

}  // namespace

void AddWatchCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command = app.AddCommand(
      "watch",
      "Follow jobs: how they are now, then a line for everything that happens to them.\nGoes on by "
      "itself, without gap or repetition, when the server restarts.");
  command.Texts("JOB", options->ids, "The jobs' ids, at most 1000; or say --label");
  command.Texts("--label", options->labels,
                "Jobs created with this label, KEY=VALUE; any number of times (default none)");
  command.Number("--resume-after", options->resume_after, 0, INT64_MAX,
                 "Go on after this event, without showing how the jobs are now (default: show it)");
  command.Flag("--until-terminal", options->until_terminal,
               "End when all the named jobs have ended; exit code 1 if one did not succeed "
               "(default: until Ctrl-C)");
  command.Flag("--include-response", options->answers, "Show the answers too (default: do not)");
  command.Flag("--include-output", options->partial,
               "Show output while it streams in; it may have gaps (default: do not)");
  AddFormatOption(command, options->format);
  command.Examples({"lull watch 019e8a5c-7c55-7bd9-b0de-9b4d5c35f1a2 --until-terminal",
                    "lull watch --label run=7 -o json | jq -c 'select(.event.type == "
                    "\"JOB_EVENT_TYPE_ENDED\")'"});
  SetRun(command, session, [&session, options] { return Watch(session, *options); });
}

}  // namespace lull
