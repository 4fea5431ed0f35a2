// From submission to start: jobs carry the time they were to be submitted, and the workers of this
// process look at it when they get them.
#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "proto/job_service.grpc.pb.h"
#include "tools/loadgen/job_maker.h"
#include "tools/loadgen/load.h"
#include "tools/loadgen/rpc_channel.h"
#include "tools/loadgen/worker.h"

namespace lull {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);

// One of the threads that submit; each takes the next job of the schedule. A late answer makes the
// next one late, and its delay counts, since it is measured from the schedule.
void SubmitOnSchedule(const LoadOptions& options, const JobMaker& maker, RunControl& control,
                      v1::JobService::Stub* stub, LoadReport* report) {
  v1::CreateJobRequest request = maker.request();
  int64_t place = 0;
  while (control.TakeJobs(1, &place) == 1) {
    const absl::Duration due =
        control.begin() + absl::Seconds(static_cast<double>(place) / options.rate);
    if (due >= control.end() || !control.WaitUntil(due)) break;
    maker.Stamp(due, &request);
    maker.MakeUnique(place, &request);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(SystemClock().WallNow() + kCallTimeout));
    v1::Job job;
    const grpc::Status status = stub->CreateJob(&context, request, &job);
    if (status.ok()) continue;
    report->AddError(CodeName(status.error_code()), status.error_message());
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) break;
  }
}

}  // namespace

LoadReport RunLatency(const LoadOptions& options, RunControl& control) {
  const JobMaker maker(options, absl::StrCat(absl::ToUnixNanos(SystemClock().WallNow())));
  std::vector<std::unique_ptr<Worker>> workers;
  // They stop a while after the submitters.
  RunControl working(SystemClock(), 0, options.time + absl::Seconds(1));
  for (int i = 0; i < options.workers; ++i) {
    workers.push_back(std::make_unique<Worker>(
        options, working, i, absl::StrCat("loadgen-latency-", i),
        [&control](const v1::LeaseJobsResponse& reply, LoadReport* report) {
          const absl::Duration now = control.Now();
          for (const v1::LeasedJob& job : reply.jobs()) {
            const auto due = JobMaker::StampOf(job.request().body());
            if (due && *due >= control.begin()) report->latency.Add(now - *due);
          }
          control.CountDone(reply.jobs_size());
        }));
  }
  const auto stub = v1::JobService::NewStub(NewChannel(options.server, options.workers));
  std::vector<LoadReport> submitted(options.in_flight);
  std::vector<std::thread> submitters;
  for (LoadReport& report : submitted) {
    submitters.emplace_back(
        [&] { SubmitOnSchedule(options, maker, control, stub.get(), &report); });
  }
  for (std::thread& submitter : submitters) submitter.join();
  LoadReport report;
  const absl::Duration took = control.Now() - control.begin();
  report.latency_name = "submit to start";
  for (const LoadReport& each : submitted) report.Add(each);
  for (const auto& worker : workers) report.Add(worker->Finish());
  report.took = took;  // without the time in which the workers wait in vain
  return report;
}

}  // namespace lull
