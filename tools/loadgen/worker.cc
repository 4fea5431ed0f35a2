#include "tools/loadgen/worker.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/loadgen/rpc_channel.h"

namespace lull {
namespace {

constexpr int kPollSeconds = 1;  // so that the end is seen soon
constexpr absl::Duration kCallTimeout = absl::Seconds(30);
constexpr size_t kMaxReports = 500;  // as many as one FinishAttempts takes
constexpr int64_t kMaxLeaseBytes = int64_t{16} << 20;

void SetDeadline(grpc::ClientContext* context) {
  context->set_deadline(absl::ToChronoTime(SystemClock().WallNow() + kCallTimeout));
}

v1::AttemptResult Success(int bytes) {
  v1::AttemptResult result;
  result.set_outcome(v1::OUTCOME_SUCCEEDED);
  result.set_billed(v1::BILLED_YES);
  result.set_http_status(200);
  result.mutable_response()->set_body(
      absl::StrCat("{\"answer\":\"", std::string(std::max(0, bytes - 13), 'a'), "\"}"));
  result.mutable_response()->set_finish_reason("stop");
  result.mutable_usage()->set_prompt_tokens(250);
  result.mutable_usage()->set_completion_tokens(250);
  return result;
}

}  // namespace

Worker::Worker(const LoadOptions& options, RunControl& control, int number, std::string id,
               Leased leased)
    : options_(options),
      control_(control),
      id_(std::move(id)),
      leased_(std::move(leased)),
      stub_(v1::WorkerService::NewStub(NewChannel(options.server, number))),
      success_(Success(options.answer_bytes)),
      polling_(options.polls) {
  for (int i = 0; i < options.polls; ++i) threads_.emplace_back([this] { Poll(); });
  threads_.emplace_back([this] { Report(); });
}

void Worker::Poll() {
  v1::LeaseJobsRequest request;
  request.set_worker_id(id_);
  request.set_max_jobs(options_.lease_jobs);
  request.set_max_bytes(kMaxLeaseBytes);
  request.mutable_wait()->set_seconds(kPollSeconds);
  if (!options_.credential.empty()) request.add_credentials(options_.credential);
  request.set_capacity(options_.lease_jobs * options_.polls);
  while (!control_.over()) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::LeaseJobsResponse reply;
    const grpc::Status status = stub_->LeaseJobs(&context, request, &reply);
    if (!status.ok()) {
      MutexLock lock(mutex_);
      report_.AddError(CodeName(status.error_code()), status.error_message());
      break;
    }
    if (reply.jobs_size() > 0) Hand(reply);
  }
  MutexLock lock(mutex_);
  --polling_;
  changed_.SignalAll();
}

void Worker::Hand(const v1::LeaseJobsResponse& reply) {
  LoadReport report;
  if (leased_) leased_(reply, &report);
  MutexLock lock(mutex_);
  report_.latency.Add(report.latency);
  for (const v1::LeasedJob& job : reply.jobs()) tokens_.push_back(job.lease_token());
  changed_.SignalAll();
}

void Worker::Report() {
  v1::FinishAttemptsRequest request;
  v1::FinishAttemptsResponse reply;
  while (true) {
    std::vector<std::string> tokens;
    {
      MutexLock lock(mutex_);
      while (tokens_.empty() && polling_ > 0) changed_.Wait(mutex_);
      if (tokens_.empty()) return;
      const size_t count = std::min(tokens_.size(), kMaxReports);
      const auto end = tokens_.begin() + static_cast<std::ptrdiff_t>(count);
      tokens.assign(tokens_.begin(), end);
      tokens_.erase(tokens_.begin(), end);
    }
    request.set_worker_id(id_);
    while (request.results_size() < static_cast<int>(tokens.size())) {
      *request.add_results() = success_;
    }
    while (request.results_size() > static_cast<int>(tokens.size())) {
      request.mutable_results()->RemoveLast();
    }
    for (size_t i = 0; i < tokens.size(); ++i) {
      request.mutable_results(static_cast<int>(i))->set_lease_token(tokens[i]);
    }
    grpc::ClientContext context;
    SetDeadline(&context);
    const grpc::Status status = stub_->FinishAttempts(&context, request, &reply);
    const int64_t accepted = std::count_if(
        reply.results().begin(), reply.results().end(),
        [](const auto& result) { return result.status() == v1::REPORT_STATUS_ACCEPTED; });
    {
      MutexLock lock(mutex_);
      if (!status.ok()) {
        report_.AddError(CodeName(status.error_code()), status.error_message());
      } else if (accepted < static_cast<int64_t>(tokens.size())) {
        report_.AddError("STALE", "results were refused",
                         static_cast<int64_t>(tokens.size()) - accepted);
      }
      report_.jobs += accepted;
    }
    control_.CountDone(accepted);
  }
}

LoadReport Worker::Finish() {
  for (std::thread& thread : threads_) thread.join();
  MutexLock lock(mutex_);
  report_.took = control_.Now() - control_.begin();
  return std::move(report_);
}

}  // namespace lull
