#include "tools/loadgen/submit_stream.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "tools/loadgen/rpc_channel.h"

namespace lull {

SubmitStream::SubmitStream(const LoadOptions& options, const JobMaker& maker, RunControl& control,
                           int number, Gate gate)
    : options_(options),
      maker_(maker),
      control_(control),
      gate_(std::move(gate)),
      stub_(v1::JobService::NewStub(NewChannel(options.server, number))),
      stream_(stub_->SubmitJobs(&context_)) {
  report_.latency_name = "answer";
  reader_ = std::thread([this] { Read(); });
  writer_ = std::thread([this] { Write(); });
}

void SubmitStream::Write() {
  v1::SubmitJobsRequest message;
  int64_t written = 0;
  while (gate_(written)) {
    int64_t first = 0;
    const int64_t jobs = control_.TakeJobs(options_.per_message, &first);
    if (jobs == 0) break;
    absl::Duration start = control_.Now();
    if (options_.rate > 0) {
      start = control_.begin() + absl::Seconds(static_cast<double>(first) / options_.rate);
      if (!control_.WaitUntil(start)) break;
    }
    while (message.requests_size() < jobs) *message.add_requests() = maker_.request();
    while (message.requests_size() > jobs) message.mutable_requests()->RemoveLast();
    for (int i = 0; i < jobs; ++i) maker_.MakeUnique(first + i, message.mutable_requests(i));
    {
      MutexLock lock(mutex_);
      starts_.push_back(start);
    }
    if (!stream_->Write(message)) break;
    written += jobs;
  }
  stream_->WritesDone();
}

void SubmitStream::Read() {
  v1::SubmitJobsResponse message;
  while (stream_->Read(&message)) {
    const absl::Duration now = control_.Now();
    int64_t good = 0;
    MutexLock lock(mutex_);
    for (const v1::SubmitResult& result : message.results()) {
      if (result.has_error()) {
        report_.AddError(CodeName(result.error().code()), result.error().message());
        continue;
      }
      ++good;
      const size_t of_message = static_cast<size_t>(result.index() / options_.per_message);
      if (of_message < starts_.size()) report_.latency.Add(now - starts_[of_message]);
    }
    report_.jobs += good;
    control_.CountDone(good);
  }
}

LoadReport SubmitStream::Finish() {
  writer_.join();
  reader_.join();
  const grpc::Status status = stream_->Finish();
  if (!status.ok()) report_.AddError(CodeName(status.error_code()), status.error_message());
  report_.took = control_.Now() - control_.begin();
  return std::move(report_);
}

}  // namespace lull
