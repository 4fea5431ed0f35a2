// CreateJob and BatchCreateJobs, many calls in flight on one thread.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "proto/job_service.grpc.pb.h"
#include "tools/loadgen/job_maker.h"
#include "tools/loadgen/load.h"
#include "tools/loadgen/rpc_channel.h"

namespace lull {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(60);

std::chrono::system_clock::time_point InSystemTime(absl::Duration from_now) {
  return absl::ToChronoTime(SystemClock().WallNow() + from_now);
}

// Calls of one kind. `Request` is filled by Prepare, `Stub::*Method` starts it.
template <typename Request, typename Reply>
class Pump {
 public:
  using Reader = std::unique_ptr<grpc::ClientAsyncResponseReader<Reply>>;
  using Start = Reader (v1::JobService::Stub::*)(grpc::ClientContext*, const Request&,
                                                 grpc::CompletionQueue*);

  Pump(const LoadOptions& options, RunControl& control, int64_t jobs_per_call, Start start)
      : options_(options), control_(control), jobs_per_call_(jobs_per_call), start_(start) {
    for (int i = 0; i < options.connections; ++i) {
      stubs_.push_back(v1::JobService::NewStub(NewChannel(options.server, i)));
    }
    report_.latency_name = "answer";
  }

  // `prepare(first, count)` gives the request for those jobs.
  template <typename Prepare>
  LoadReport Run(Prepare prepare) {
    while (true) {
      while (!over_ && open_ < options_.in_flight && NextStart() <= control_.Now()) {
        StartOne(prepare);
      }
      if (open_ == 0 && over_) break;
      TakeOne();
    }
    report_.took = control_.Now() - control_.begin();
    return std::move(report_);
  }

 private:
  struct Call {
    grpc::ClientContext context;
    Reply reply;
    grpc::Status status;
    int64_t jobs = 0;
    absl::Duration start;
    Reader reader;
  };

  // By the schedule; it does not move when answers are late, and neither does what is measured.
  absl::Duration NextStart() const {
    if (options_.rate <= 0) return absl::ZeroDuration();
    return control_.begin() + absl::Seconds(static_cast<double>(started_jobs_) / options_.rate);
  }

  template <typename Prepare>
  void StartOne(Prepare& prepare) {
    int64_t first = 0;
    const int64_t jobs = control_.TakeJobs(jobs_per_call_, &first);
    if (jobs == 0) {
      over_ = true;
      return;
    }
    auto* call = new Call;
    call->jobs = jobs;
    call->start = options_.rate > 0 ? NextStart() : control_.Now();
    call->context.set_deadline(InSystemTime(kCallTimeout));
    started_jobs_ += jobs;
    v1::JobService::Stub& stub = *stubs_[started_calls_++ % stubs_.size()];
    call->reader = (stub.*start_)(&call->context, prepare(first, jobs), &queue_);
    call->reader->Finish(&call->reply, &call->status, call);
    ++open_;
  }

  // Waits for an answer, or until the next call is due.
  void TakeOne() {
    absl::Duration wait = absl::Seconds(1);
    if (!over_ && open_ < options_.in_flight) wait = NextStart() - control_.Now();
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, InSystemTime(wait)) != grpc::CompletionQueue::GOT_EVENT) return;
    const std::unique_ptr<Call> call(static_cast<Call*>(tag));
    --open_;
    if (!call->status.ok()) {
      report_.AddError(CodeName(call->status.error_code()), call->status.error_message(),
                       call->jobs);
      if (call->status.error_code() == grpc::StatusCode::UNAVAILABLE) over_ = true;
      return;
    }
    report_.jobs += call->jobs;
    report_.latency.Add(control_.Now() - call->start);
    control_.CountDone(call->jobs);
  }

  const LoadOptions& options_;
  RunControl& control_;
  const int64_t jobs_per_call_;
  const Start start_;
  std::vector<std::unique_ptr<v1::JobService::Stub>> stubs_;
  grpc::CompletionQueue queue_;
  int64_t started_jobs_ = 0;
  int64_t started_calls_ = 0;
  int open_ = 0;
  bool over_ = false;
  LoadReport report_;
};

}  // namespace

LoadReport RunCreate(const LoadOptions& options, RunControl& control) {
  const JobMaker maker(options, absl::StrCat(absl::ToUnixNanos(SystemClock().WallNow())));
  v1::CreateJobRequest request = maker.request();
  Pump<v1::CreateJobRequest, v1::Job> pump(options, control, 1,
                                           &v1::JobService::Stub::AsyncCreateJob);
  return pump.Run([&](int64_t first, int64_t) -> const v1::CreateJobRequest& {
    maker.MakeUnique(first, &request);
    return request;
  });
}

LoadReport RunBatch(const LoadOptions& options, RunControl& control) {
  const JobMaker maker(options, absl::StrCat(absl::ToUnixNanos(SystemClock().WallNow())));
  v1::BatchCreateJobsRequest batch;
  Pump<v1::BatchCreateJobsRequest, v1::BatchCreateJobsResponse> pump(
      options, control, options.per_message, &v1::JobService::Stub::AsyncBatchCreateJobs);
  return pump.Run([&](int64_t first, int64_t count) -> const v1::BatchCreateJobsRequest& {
    while (batch.requests_size() < count) *batch.add_requests() = maker.request();
    while (batch.requests_size() > count) batch.mutable_requests()->RemoveLast();
    for (int i = 0; i < count; ++i) maker.MakeUnique(first + i, batch.mutable_requests(i));
    return batch;
  });
}

}  // namespace lull
