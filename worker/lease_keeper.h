// Keeps the leases that the worker holds alive, all in one call, and hears from the server which
// are lost or to be cancelled. Speaks up also with no leases: a worker that says nothing counts as
// gone. On the event loop's thread alone.
#ifndef LULL_WORKER_LEASE_KEEPER_H_
#define LULL_WORKER_LEASE_KEEPER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/worker_service.pb.h"
#include "worker/event_loop.h"
#include "worker/held_leases.h"
#include "worker/queue_client.h"
#include "worker/retry_pace.h"
#include "worker/worker_metrics.h"

namespace lull {

class LeaseKeeper {
 public:
  struct Events {
    std::function<void(const std::string& token)> lost;
    std::function<void(const std::string& token)> cancel;
    std::function<void()> drain;
  };

  // The references outlive the last answer; see Stop.
  LeaseKeeper(std::string worker_id, int capacity, EventLoop& loop, QueueClient& queue,
              const HeldLeases& held, WorkerMetrics& metrics, Events events);

  // Renews every third of a lease, and every 10 s at least, from now on.
  void Start();
  // A lease came that lasts this long.
  void OnLeased(absl::Duration lease_duration);
  void Stop() { stopped_ = true; }
  bool idle() const { return !under_way_; }

 private:
  absl::Duration Interval() const;
  void Schedule(absl::Duration delay);
  void Renew();
  void End(const v1::RenewLeasesRequest& request,
           const absl::StatusOr<v1::RenewLeasesResponse>& response);
  void Fail(const absl::Status& status);
  void Tell(const v1::RenewLeasesRequest& request, const v1::RenewLeasesResponse& response);

  const std::string worker_id_;
  const int capacity_;
  EventLoop& loop_;
  QueueClient& queue_;
  const HeldLeases& held_;
  WorkerMetrics& metrics_;
  const Events events_;

  bool stopped_ = false;
  bool under_way_ = false;
  bool failing_ = false;  // the last renewal failed, and that is in the log
  absl::Duration lease_duration_ = absl::Seconds(30);
  absl::Duration next_ = absl::InfiniteDuration();  // steady time of the next renewal
  RetryPace pace_;
};

}  // namespace lull

#endif  // LULL_WORKER_LEASE_KEEPER_H_
