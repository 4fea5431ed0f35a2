#include "tests/integration/fast_worker.h"

#include "absl/time/time.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kJobs = 200;  // at a time
constexpr absl::Duration kBetweenTries = absl::Milliseconds(50);

// One first attempt in fifteen.
bool Fails(const v1::LeasedJob& job) {
  return job.attempt_number() == 1 && job.job_id().back() == '7';
}

void FillResult(const v1::LeasedJob& job, v1::AttemptResult* result) {
  result->set_lease_token(job.lease_token());
  if (Fails(job)) {
    result->set_outcome(v1::OUTCOME_TRUNCATED);
    result->set_billed(v1::BILLED_MAYBE);
    result->mutable_error()->set_code(14);
    result->mutable_error()->set_message("the answer broke off");
    return;
  }
  result->set_outcome(v1::OUTCOME_SUCCEEDED);
  result->set_billed(v1::BILLED_YES);
  result->set_http_status(200);
  result->mutable_response()->set_body("{}");
}

}  // namespace

FastWorker::FastWorker(const std::string& address, const std::string& worker_id,
                       const std::string& credential)
    : client_(address),
      worker_id_(worker_id),
      credential_(credential),
      thread_([this] { Run(); }) {}

FastWorker::~FastWorker() { Stop(); }

void FastWorker::Stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void FastWorker::Run() {
  v1::LeaseJobsRequest request;
  request.set_worker_id(worker_id_);
  request.set_max_jobs(kJobs);
  request.mutable_wait()->set_seconds(1);
  request.add_credentials(credential_);
  while (!stopping_) {
    const auto leased = client_.LeaseJobs(request);
    if (!leased.ok()) {
      Pause(kBetweenTries);
    } else if (leased->jobs_size() > 0) {
      Report(*leased);
    }
  }
}

void FastWorker::Report(const v1::LeaseJobsResponse& leased) {
  v1::FinishAttemptsRequest request;
  request.set_worker_id(worker_id_);
  for (const v1::LeasedJob& job : leased.jobs()) FillResult(job, request.add_results());
  while (true) {
    const auto reply = client_.FinishAttempts(request);
    if (reply.ok()) {
      for (int i = 0; i < reply->results_size(); ++i) {
        if (reply->results(i).status() == v1::REPORT_STATUS_ACCEPTED &&
            request.results(i).outcome() == v1::OUTCOME_SUCCEEDED) {
          ++accepted_;
        }
      }
      return;
    }
    if (stopping_) return;
    Pause(kBetweenTries);
  }
}

}  // namespace lull
