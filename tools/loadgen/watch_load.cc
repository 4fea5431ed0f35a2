// Many watchers of the same jobs: how fast events reach all of them.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "proto/job_service.grpc.pb.h"
#include "tools/loadgen/job_maker.h"
#include "tools/loadgen/load.h"
#include "tools/loadgen/rpc_channel.h"
#include "tools/loadgen/submit_stream.h"

namespace lull {
namespace {

constexpr char kLabel[] = "loadgen-watch";

// All watchers, on one thread.
class Watchers {
 public:
  // Each follows the jobs that are created with this value of kLabel.
  Watchers(const LoadOptions& options, const std::string& value) : watchers_(options.watchers) {
    v1::WatchJobsRequest request;
    (*request.mutable_create_labels()->mutable_labels())[kLabel] = value;
    for (int i = 0; i < options.connections; ++i) {
      stubs_.push_back(v1::JobService::NewStub(NewChannel(options.server, i)));
    }
    for (size_t i = 0; i < watchers_.size(); ++i) {
      Watcher& watcher = watchers_[i];
      watcher.stream =
          stubs_[i % stubs_.size()]->AsyncWatchJobs(&watcher.context, request, &queue_, &watcher);
    }
  }

  // Reads until all have the snapshot; false: one of the streams has ended.
  bool AwaitSynced(const RunControl& control) {
    while (synced_ < static_cast<int64_t>(watchers_.size()) && !failed_ && !control.over()) Step();
    return synced_ == static_cast<int64_t>(watchers_.size());
  }

  // Reads until each has had so many events, counting them as done.
  void AwaitEvents(int64_t each, RunControl& control) {
    const int64_t wanted = each * static_cast<int64_t>(watchers_.size());
    while (events_ < wanted && !failed_ && !control.stopped() && control.Now() < control.end()) {
      const int64_t before = events_;
      Step();
      control.CountDone(events_ - before);
    }
  }

  // Ends the streams.
  void Finish(LoadReport* report) {
    for (Watcher& watcher : watchers_) watcher.context.TryCancel();
    while (ended_ < static_cast<int64_t>(watchers_.size())) Step();
    if (failed_) report->AddError(CodeName(failure_.error_code()), failure_.error_message());
  }

  int64_t events() const { return events_; }
  int64_t messages() const { return messages_; }

 private:
  enum class State { kStarting, kReading, kFinishing };
  struct Watcher {
    grpc::ClientContext context;
    v1::WatchJobsResponse message;
    grpc::Status status;
    State state = State::kStarting;
    std::unique_ptr<grpc::ClientAsyncReader<v1::WatchJobsResponse>> stream;
  };

  void Step() {
    void* tag = nullptr;
    bool ok = false;
    const auto until = absl::ToChronoTime(SystemClock().WallNow() + absl::Seconds(1));
    if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) return;
    Watcher& watcher = *static_cast<Watcher*>(tag);
    if (watcher.state == State::kFinishing) {
      ++ended_;
      if (watcher.status.error_code() == grpc::StatusCode::CANCELLED) return;
      failed_ = true;
      failure_ = watcher.status;
      return;
    }
    if (!ok) {
      watcher.state = State::kFinishing;
      watcher.stream->Finish(&watcher.status, &watcher);
      return;
    }
    if (watcher.state == State::kReading) {
      ++messages_;
      synced_ += watcher.message.has_synced();
      events_ += watcher.message.events().events_size();
    }
    watcher.state = State::kReading;
    watcher.stream->Read(&watcher.message, &watcher);
  }

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<v1::JobService::Stub>> stubs_;
  std::vector<Watcher> watchers_;
  int64_t synced_ = 0;
  int64_t events_ = 0;
  int64_t messages_ = 0;
  int64_t ended_ = 0;  // streams
  bool failed_ = false;
  grpc::Status failure_;
};

}  // namespace

LoadReport RunWatch(const LoadOptions& options, RunControl& control) {
  LoadReport report;
  const std::string run = absl::StrCat(absl::ToUnixNanos(SystemClock().WallNow()));
  Watchers watchers(options, run);
  if (watchers.AwaitSynced(control)) {
    const JobMaker maker(options, run, {{kLabel, run}});
    RunControl submits(SystemClock(), options.jobs, options.time);
    const absl::Duration begin = control.Now();
    SubmitStream stream(options, maker, submits, options.connections, [](int64_t) { return true; });
    watchers.AwaitEvents(options.jobs, control);
    report.took = control.Now() - begin;
    submits.Stop();
    report.errors = stream.Finish().errors;
  }
  report.jobs = watchers.events();
  report.figures = {{"watchers", options.watchers},
                    {"messages", static_cast<double>(watchers.messages())}};
  watchers.Finish(&report);
  return report;
}

}  // namespace lull
