// Keeps long polls waiting at the server for as many jobs as the worker has room for. On the event
// loop's thread alone.
#ifndef LULL_WORKER_LEASE_POLLER_H_
#define LULL_WORKER_LEASE_POLLER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "proto/worker_service.pb.h"
#include "worker/event_loop.h"
#include "worker/held_leases.h"
#include "worker/queue_client.h"
#include "worker/retry_pace.h"
#include "worker/worker_metrics.h"

namespace lull {

class LeasePoller {
 public:
  struct Options {
    // What every request has: worker_id, credentials, tags, version, capacity, max_bytes.
    v1::LeaseJobsRequest base;
    int polls = 2;  // waiting at the same time
    absl::Duration wait = absl::Seconds(20);
  };
  // Takes the answer of one poll: may be without jobs.
  using OnAnswer = std::function<void(v1::LeaseJobsResponse response)>;

  // The references outlive the polls' last answer; see Stop.
  LeasePoller(Options options, EventLoop& loop, QueueClient& queue, const HeldLeases& held,
              WorkerMetrics& metrics, OnAnswer on_answer);

  // Begins polls if there is room; to be called whenever there may be more.
  void Pump();
  // Begins none any more and ends those that wait. An answer on its way still comes.
  void Stop();
  bool idle() const { return waiting_ == 0; }

 private:
  void Begin(int jobs);
  void End(int jobs, absl::StatusOr<v1::LeaseJobsResponse> response);
  void Fail(const absl::Status& status);

  const Options options_;
  EventLoop& loop_;
  QueueClient& queue_;
  const HeldLeases& held_;
  WorkerMetrics& metrics_;
  const OnAnswer on_answer_;

  bool stopped_ = false;
  bool resting_ = false;  // after a failure, until a timer
  bool failing_ = false;  // the last answer was a failure, and that is in the log
  int waiting_ = 0;       // polls under way
  int reserved_ = 0;      // jobs they may bring
  RetryPace pace_;
};

}  // namespace lull

#endif  // LULL_WORKER_LEASE_POLLER_H_
