// The whole life of jobs: submitted on streams here, leased and finished by worker processes.
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/loadgen/job_maker.h"
#include "tools/loadgen/load.h"
#include "tools/loadgen/submit_stream.h"
#include "tools/loadgen/worker_process.h"

namespace lull {
namespace {

// Submits as CreateJob where the load asks for one job a message, on streams otherwise, never more
// than `backlog` ahead of what has been finished.
LoadReport SubmitAhead(const LoadOptions& options, RunControl& submits, RunControl& finished) {
  if (options.per_message == 1) return RunCreate(options, submits);
  const JobMaker maker(options, absl::StrCat(absl::ToUnixNanos(SystemClock().WallNow())));
  const int64_t share = options.backlog / options.connections;
  std::vector<std::unique_ptr<SubmitStream>> streams;
  for (int i = 0; i < options.connections; ++i) {
    streams.push_back(std::make_unique<SubmitStream>(
        options, maker, submits, i, [&finished, &options, share](int64_t written) {
          finished.WaitForDone((written - share) * options.connections);
          return !finished.stopped();
        }));
  }
  LoadReport report;
  for (const auto& stream : streams) report.Add(stream->Finish());
  return report;
}

}  // namespace

LoadReport RunLife(const LoadOptions& options, RunControl& control) {
  LoadReport report;
  std::vector<std::unique_ptr<WorkerProcess>> workers;
  for (int i = 0; i < options.workers; ++i) {
    auto worker =
        WorkerProcess::Start(options, i, [&control](int64_t more) { control.CountDone(more); });
    if (!worker.ok()) {
      report.AddError("INTERNAL", std::string(worker.status().message()));
      return report;
    }
    workers.push_back(*std::move(worker));
  }
  RunControl submits(SystemClock(), options.jobs, options.time);
  std::thread submitter([&] {
    LoadReport submitted = SubmitAhead(options, submits, control);
    report.errors = std::move(submitted.errors);
    if (!report.errors.empty()) control.Stop();
  });
  control.WaitForDone(options.jobs > 0 ? options.jobs : INT64_MAX);
  report.took = control.Now() - control.begin();
  report.jobs = control.done();
  control.Stop();
  submits.Stop();
  submitter.join();
  for (const auto& worker : workers) worker->Stop();
  return report;
}

}  // namespace lull
