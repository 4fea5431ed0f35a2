#include "tools/lull/admin/operator_commands.h"

#include <unistd.h>

#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "tools/lull/admin/overview_tables.h"
#include "tools/lull/command_options.h"
#include "tools/lull/job_arguments.h"
#include "tools/lull/session.h"
#include "tools/lull/time_text.h"

namespace lull {
namespace {

struct Options {
  // The class or worker that is meant.
  std::string name;
  std::string reason;
  std::string until;
  OutputFormat format = OutputFormat::kTable;
};

// Prints the rows as the format says.
template <typename Message>
ExitCode PrintRows(const Session& session, const google::protobuf::RepeatedPtrField<Message>& rows,
                   Table (*table)(const google::protobuf::RepeatedPtrField<Message>&, absl::Time),
                   absl::Time now, OutputFormat format) {
  if (format == OutputFormat::kTable) {
    return Print(session, table(rows, now).ToString(StyleFor(Terminal(STDOUT_FILENO))));
  }
  for (const Message& row : rows) {
    const ExitCode code = PrintJson(session, row);
    if (code != ExitCode::kOk) return code;
  }
  return ExitCode::kOk;
}

// Prints the one row that a call returned.
template <typename Message>
ExitCode PrintRow(const Session& session, const absl::StatusOr<Message>& row,
                  Table (*table)(const google::protobuf::RepeatedPtrField<Message>&, absl::Time),
                  OutputFormat format) {
  if (!row.ok()) return Fail(session, row.status());
  google::protobuf::RepeatedPtrField<Message> rows;
  *rows.Add() = *row;
  return PrintRows(session, rows, table, SystemClock().WallNow(), format);
}

// Makes a call that returns the one row it was about.
template <typename Request, typename Message>
ExitCode Act(Session& session, const Rpc<Request, Message>& rpc, const Request& request,
             Table (*table)(const google::protobuf::RepeatedPtrField<Message>&, absl::Time),
             OutputFormat format) {
  Connection client(session);
  return PrintRow(session, Persist(session, *client, rpc, request), table, format);
}

absl::StatusOr<v1::Overview> ReadOverview(Session& session) {
  Connection client(session);
  return Persist(session, *client, kGetOverview, v1::GetOverviewRequest());
}

ExitCode ListClasses(Session& session, const Options& options) {
  const auto overview = ReadOverview(session);
  if (!overview.ok()) return Fail(session, overview.status());
  return PrintRows(session, overview->classes(), &ClassTable, ToTime(overview->time()),
                   options.format);
}

ExitCode ListUpstreams(Session& session, const Options& options) {
  const auto overview = ReadOverview(session);
  if (!overview.ok()) return Fail(session, overview.status());
  if (overview->upstreams().empty() && options.format == OutputFormat::kTable) {
    Say("There are no upstreams: nothing can be called. They are in the server's configuration.");
  }
  return PrintRows(session, overview->upstreams(), &UpstreamTable, ToTime(overview->time()),
                   options.format);
}

ExitCode ListWorkers(Session& session, const Options& options) {
  Connection client(session);
  const auto reply = Persist(session, *client, kListWorkers, v1::ListWorkersRequest());
  if (!reply.ok()) return Fail(session, reply.status());
  if (reply->workers().empty() && options.format == OutputFormat::kTable) {
    Say("There are no workers: nothing is called until one starts.");
  }
  return PrintRows(session, reply->workers(), &WorkerTable, SystemClock().WallNow(),
                   options.format);
}

ExitCode PauseClass(Session& session, const Options& options) {
  v1::PauseClassRequest request;
  request.set_class_name(options.name);
  request.set_reason(options.reason);
  if (!options.until.empty()) {
    const auto until = ParseMoment(options.until, SystemClock().WallNow());
    if (!until.ok()) return FailUsage(session, until.status());
    *request.mutable_resume_time() = ToTimestamp(*until);
  }
  return Act(session, kPauseClass, request, &ClassTable, options.format);
}

ExitCode ResumeClass(Session& session, const Options& options) {
  v1::ResumeClassRequest request;
  request.set_class_name(options.name);
  return Act(session, kResumeClass, request, &ClassTable, options.format);
}

ExitCode DrainWorker(Session& session, const Options& options) {
  v1::DrainWorkerRequest request;
  request.set_worker_id(options.name);
  return Act(session, kDrainWorker, request, &WorkerTable, options.format);
}

using Action = ExitCode (*)(Session&, const Options&);

void AddAction(Command command, Session& session, Action act,
               const std::shared_ptr<Options>& options) {
  AddFormatOption(command, options->format);
  // A command below another is named before it.
  command.OnNamed([&session, options, act] {
    if (session.run == nullptr) {
      session.run = [&session, options, act] { return act(session, *options); };
    }
  });
}

}  // namespace

void AddClassesCommand(Command app, Session& session) {
  Command classes = app.AddCommand(
      "classes", "List the classes with what waits and runs in each; pause and resume one");
  AddAction(classes, session, &ListClasses, std::make_shared<Options>());
  classes.Examples({"lull classes", "lull classes pause batch"});
  const auto pause = std::make_shared<Options>();
  Command pausing = classes.AddCommand(
      "pause", "Let no job of a class start, also over restarts; running ones go on");
  pausing.Text("NAME", pause->name, "The class").Required();
  pausing.Text("--reason", pause->reason,
               "Why, for other people: at most 256 bytes (default none)");
  pausing.Text("--until", pause->until,
               "When to resume by itself: RFC 3339, or +2h from now on (default: never)");
  AddAction(pausing, session, &PauseClass, pause);
  pausing.Examples({"lull classes pause batch"});
  const auto resume = std::make_shared<Options>();
  Command resuming = classes.AddCommand("resume", "Let jobs of a paused class start again");
  resuming.Text("NAME", resume->name, "The class").Required();
  AddAction(resuming, session, &ResumeClass, resume);
  resuming.Examples({"lull classes resume batch"});
}

void AddUpstreamsCommand(Command app, Session& session) {
  Command upstreams = app.AddCommand(
      "upstreams", "List the APIs that are called, how they are, and the limits learned of them");
  AddAction(upstreams, session, &ListUpstreams, std::make_shared<Options>());
  upstreams.Examples({"lull upstreams"});
}

void AddWorkersCommand(Command app, Session& session) {
  Command workers = app.AddCommand(
      "workers", "List the processes that make the calls, as heard of in the last 10 minutes");
  AddAction(workers, session, &ListWorkers, std::make_shared<Options>());
  workers.Examples({"lull workers -o json", "lull workers drain host-1a2b3c"});
  const auto drain = std::make_shared<Options>();
  Command draining =
      workers.AddCommand("drain", "Have a worker take no more jobs, end those it has and exit");
  draining.Text("ID", drain->name, "The worker, as lull workers shows it").Required();
  AddAction(draining, session, &DrainWorker, drain);
  draining.Examples({"lull workers drain host-1a2b3c"});
}

}  // namespace lull
