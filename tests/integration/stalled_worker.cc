#include "tests/integration/stalled_worker.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kJobs = 2;  // at a time
// A lease runs out, after a restart once more, and the job has to be given to another.
constexpr absl::Duration kSuccessorLimit = absl::Seconds(30);
constexpr absl::Duration kAskEvery = absl::Milliseconds(100);
constexpr absl::Duration kReportLimit = absl::Seconds(20);

bool HasEnded(const v1::Job& job) { return job.state() >= v1::JOB_STATE_SUCCEEDED; }

}  // namespace

StalledWorker::StalledWorker(const std::string& address, const std::string& credential)
    : client_(address), credential_(credential), thread_([this] { Run(); }) {}

StalledWorker::~StalledWorker() { Stop(); }

void StalledWorker::Stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void StalledWorker::Run() {
  v1::LeaseJobsRequest request;
  request.set_worker_id("stalled-worker");
  request.set_max_jobs(kJobs);
  request.mutable_wait()->set_seconds(1);
  request.add_credentials(credential_);
  while (!stopping_) {
    const auto leased = client_.LeaseJobs(request);
    if (!leased.ok()) {
      Pause(kAskEvery);
      continue;
    }
    counts_.leased += leased->jobs_size();
    for (const v1::LeasedJob& job : leased->jobs()) {
      if (AwaitSuccessor(job)) {
        ReportLate(job);
      } else {
        ++counts_.too_slow;
      }
    }
  }
}

bool StalledWorker::AwaitSuccessor(const v1::LeasedJob& leased) {
  return PollUntil(
      kSuccessorLimit,
      [&] {
        const auto job = client_.GetJob(leased.job_id(), v1::JOB_VIEW_BASIC);
        return job.ok() && (HasEnded(*job) || job->dispatch_count() > leased.attempt_number());
      },
      kAskEvery);
}

void StalledWorker::ReportLate(const v1::LeasedJob& job) {
  v1::FinishAttemptsRequest request;
  request.set_worker_id("stalled-worker");
  v1::AttemptResult& result = *request.add_results();
  result.set_lease_token(job.lease_token());
  result.set_outcome(v1::OUTCOME_SUCCEEDED);
  result.set_billed(v1::BILLED_YES);
  result.set_http_status(200);
  result.mutable_response()->set_body(absl::StrCat("{\"id\":\"", kPoison, "\"}"));
  result.mutable_response()->set_finish_reason("stop");
  PollUntil(kReportLimit, [&] {
    const auto reply = client_.FinishAttempts(request);
    if (!reply.ok() || reply->results_size() != 1) return false;
    const bool stale = reply->results(0).status() == v1::REPORT_STATUS_STALE;
    ++(stale ? counts_.stale : counts_.accepted);
    return true;
  });
}

}  // namespace lull
