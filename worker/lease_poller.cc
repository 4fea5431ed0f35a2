#include "worker/lease_poller.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.h"

namespace lull {
namespace {

constexpr int kJobsMax = 1000;  // of one request, by the API
// The server ends a poll by itself; this is for a server that is gone.
constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

LeasePoller::LeasePoller(Options options, EventLoop& loop, QueueClient& queue,
                         const HeldLeases& held, WorkerMetrics& metrics, OnAnswer on_answer)
    : options_(std::move(options)),
      loop_(loop),
      queue_(queue),
      held_(held),
      metrics_(metrics),
      on_answer_(std::move(on_answer)) {}

void LeasePoller::Pump() {
  while (!stopped_ && !resting_ && waiting_ < options_.polls) {
    const int free = options_.base.capacity() - held_.size() - reserved_;
    // The room is shared among the polls, so that there is one left to wait while another's jobs
    // are on their way.
    const int polls_left = options_.polls - waiting_;
    const int jobs = std::min((free + polls_left - 1) / polls_left, kJobsMax);
    if (free <= 0) return;
    Begin(jobs);
  }
}

void LeasePoller::Stop() {
  stopped_ = true;
  queue_.CancelPolls();
}

void LeasePoller::Begin(int jobs) {
  auto request = std::make_shared<v1::LeaseJobsRequest>(options_.base);
  request->set_max_jobs(jobs);
  request->mutable_wait()->set_seconds(absl::ToInt64Seconds(options_.wait));
  ++waiting_;
  reserved_ += jobs;
  queue_.LeaseJobs(std::move(request), options_.wait + kPatience,
                   [this, jobs](absl::StatusOr<v1::LeaseJobsResponse> response) {
                     loop_.Post([this, jobs, response = std::move(response)]() mutable {
                       End(jobs, std::move(response));
                     });
                   });
}

void LeasePoller::End(int jobs, absl::StatusOr<v1::LeaseJobsResponse> response) {
  --waiting_;
  reserved_ -= jobs;
  if (response.ok()) {
    if (failing_) LogInfo("lease", "the server answers again");
    failing_ = false;
    pace_.Reset();
    metrics_.CountPoll(response->jobs_size() > 0 ? "jobs" : "empty");
    on_answer_(*std::move(response));
  } else if (!stopped_) {
    metrics_.CountPoll("failed");
    Fail(response.status());
  } else {
    on_answer_(v1::LeaseJobsResponse());
  }
  Pump();
}

void LeasePoller::Fail(const absl::Status& status) {
  if (!failing_) {
    LogWarning("lease", "the server gives no jobs; trying again", {{"error", status}});
  }
  failing_ = true;
  if (resting_) return;
  resting_ = true;
  loop_.PostAfter(pace_.Next(), [this] {
    resting_ = false;
    Pump();
  });
}

}  // namespace lull
