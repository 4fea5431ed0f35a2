// loadgen: puts a load on a server and says what it came to.
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <thread>

#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/signals.h"
#include "tools/loadgen/load.h"

namespace lull {
namespace {

constexpr char kFooter[] =
    "\nEverything ends by itself, after --jobs or --time. A load with --rate is open: its calls"
    " have a schedule, and a late answer counts from when its call was due. Exit codes: 0 done; 1"
    " done, but some calls failed; 2 the command line is wrong; 3 nothing went well; 130 stopped"
    " by a signal.";
constexpr absl::Duration kProgressEvery = absl::Seconds(1);

struct Mode {
  const char* help;
  LoadReport (*run)(const LoadOptions&, RunControl&);
};

const std::map<std::string, Mode>& Modes() {
  static const std::map<std::string, Mode> modes = {
      {"create", {"CreateJob, --in-flight calls at a time", RunCreate}},
      {"submit", {"SubmitJobs, --per-message jobs a message on --connections streams", RunSubmit}},
      {"batch", {"BatchCreateJobs, --per-message jobs a call", RunBatch}},
      {"worker", {"lease jobs and report success at once", RunWorker}},
      {"life", {"submit and finish jobs, with --workers worker processes", RunLife}},
      {"watch", {"--watchers streams that follow --jobs jobs; counts events", RunWatch}},
      {"latency", {"submission to start, with --rate jobs a second", RunLatency}},
  };
  return modes;
}

absl::Duration OwnCpu() {
  absl::Duration sum = absl::ZeroDuration();
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage;
    getrusage(who, &usage);
    sum += absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
  }
  return sum;
}

void AddOptions(CLI::App& app, LoadOptions& o, std::string& time, std::string& ttl) {
  app.add_option("--server", o.server, "HOST:PORT or unix:/PATH of the server")
      ->envname("LULL_SERVER")
      ->capture_default_str();
  const auto number = [&app](const char* name, auto& value, const char* help, double least,
                             double most) {
    app.add_option(name, value, help)->check(CLI::Range(least, most))->capture_default_str();
  };
  number("--jobs", o.jobs, "End after so many jobs; 0: after --time", 0, 1e9);
  app.add_option("--time", time, "End after this time, e.g. 30s or 5m")->capture_default_str();
  number("--rate", o.rate, "Jobs a second, on a schedule; 0: as fast as answers come", 0, 1e7);
  number("--in-flight", o.in_flight, "Calls at a time, at most", 1, 10'000);
  number("--connections", o.connections, "Connections, each with a stream of its own", 1, 1'000);
  number("--per-message", o.per_message, "Jobs in one message or call; mode life: 1 is CreateJob",
         1, 1'000);
  app.add_option("--class", o.class_name, "Class of the jobs; default: the server's default");
  app.add_option("--model", o.model, "Model that the jobs name")->capture_default_str();
  number("--body-bytes", o.body_bytes, "Size of a request's body", 100, 4 << 20);
  number("--labels", o.labels, "Labels of a job", 0, 16);
  app.add_flag("--request-ids", o.request_ids, "Give each job a request id of its own");
  app.add_option("--ttl", ttl, "Time to live of the jobs, e.g. 24h; default: the class's");
  number("--watchers", o.watchers, "Streams of mode watch", 1, 10'000);
  number("--workers", o.workers, "Worker processes of mode life, connections of mode latency", 1,
         64);
  number("--polls", o.polls, "LeaseJobs in flight on each worker's connection", 1, 64);
  number("--lease-jobs", o.lease_jobs, "Jobs to lease at a time, at most", 1, 1'000);
  number("--answer-bytes", o.answer_bytes, "Size of an answer", 20, 4 << 20);
  app.add_option("--credential", o.credential, "Credential that the worker has")
      ->capture_default_str();
  number("--backlog", o.backlog, "Mode life: jobs submitted and not finished, at most", 1, 1e9);
  app.add_option("--worker-id", o.worker_id, "Mode worker: its id")->capture_default_str();
  app.add_flag("--tell", o.tell, "Mode worker: print the number of finished jobs as it grows");
}

// On a terminal: a line that is written over every second.
void ShowProgress(RunControl& control) {
  int64_t before = 0;
  while (control.WaitUntil(control.Now() + kProgressEvery)) {
    const int64_t done = control.done();
    std::fprintf(stderr, "\r%12lld jobs %10lld /s ", static_cast<long long>(done),
                 static_cast<long long>(done - before));
    before = done;
  }
  std::fprintf(stderr, "\r%40s\r", "");
}

int Run(int argc, char** argv) {
  LoadOptions options;
  std::string time = "10s";
  std::string ttl;
  std::string output = "text";
  CLI::App app("Puts a load on a Lull server and says what it came to.", "loadgen");
  app.footer(kFooter);
  app.fallthrough();
  app.require_subcommand(1);
  for (const auto& [name, mode] : Modes()) app.add_subcommand(name, mode.help);
  AddOptions(app, options, time, ttl);
  app.add_option("-o,--output", output, "text: for people; json: for programs")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
    if (!absl::ParseDuration(time, &options.time) || options.time <= absl::ZeroDuration()) {
      throw CLI::ValidationError("--time", time + " is not a time such as 30s or 5m");
    }
    if (!ttl.empty() && !absl::ParseDuration(ttl, &options.ttl)) {
      throw CLI::ValidationError("--ttl", ttl + " is not a time such as 24h");
    }
    if (app.got_subcommand("latency") && options.rate <= 0) {
      throw CLI::ValidationError("--rate", "mode latency needs a rate");
    }
    if (app.got_subcommand("watch") && options.jobs == 0) {
      throw CLI::ValidationError("--jobs", "mode watch needs a number of jobs");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  RunControl control(SystemClock(), options.jobs, options.time);
  std::atomic<bool> interrupted = false;
  const SignalThread signals([&](int) {
    interrupted = true;
    control.Stop();
  });
  std::thread progress;
  if (isatty(STDERR_FILENO)) progress = std::thread([&control] { ShowProgress(control); });
  const std::string& name = app.get_subcommands().front()->get_name();
  LoadReport report = Modes().at(name).run(options, control);
  report.mode = name;
  control.Stop();
  if (progress.joinable()) progress.join();
  if (!options.tell) {
    std::fputs((output == "json" ? report.ToJson(OwnCpu()) : report.ToText(OwnCpu())).c_str(),
               stdout);
    std::fflush(stdout);
  }
  if (interrupted) return 130;
  if (report.errors.empty()) return 0;
  return report.jobs > 0 ? 1 : 3;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  lull::BlockSignals();
  // gRPC's own threads crash on the way out otherwise.
  _exit(lull::Run(argc, argv));
}
