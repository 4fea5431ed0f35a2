#include "worker/lease_keeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "worker/proto_duration.h"

namespace lull {
namespace {

constexpr absl::Duration kIntervalMax = absl::Seconds(10);
constexpr absl::Duration kIntervalMin = absl::Milliseconds(100);
constexpr absl::Duration kTimeoutMin = absl::Seconds(2);

}  // namespace

LeaseKeeper::LeaseKeeper(std::string worker_id, int capacity, EventLoop& loop, QueueClient& queue,
                         const HeldLeases& held, WorkerMetrics& metrics, Events events)
    : worker_id_(std::move(worker_id)),
      capacity_(capacity),
      loop_(loop),
      queue_(queue),
      held_(held),
      metrics_(metrics),
      events_(std::move(events)) {}

absl::Duration LeaseKeeper::Interval() const {
  return std::clamp(lease_duration_ / 3, kIntervalMin, kIntervalMax);
}

void LeaseKeeper::Start() { Schedule(Interval()); }

void LeaseKeeper::OnLeased(absl::Duration lease_duration) {
  if (lease_duration <= absl::ZeroDuration() || lease_duration >= lease_duration_) return;
  lease_duration_ = lease_duration;
  if (!under_way_ && loop_.clock().Now().steady + Interval() < next_) Schedule(Interval());
}

void LeaseKeeper::Schedule(absl::Duration delay) {
  next_ = loop_.clock().Now().steady + delay;
  loop_.PostAfter(delay, [this, due = next_] {
    if (due == next_ && !under_way_ && !stopped_) Renew();  // else it was brought forward
  });
}

void LeaseKeeper::Renew() {
  auto request = std::make_shared<v1::RenewLeasesRequest>();
  request->set_worker_id(worker_id_);
  request->set_capacity(capacity_);
  request->set_in_flight(held_.calls());
  for (const auto& [token, lease] : held_.all()) {
    if (lease.state != HeldLease::State::kLost) request->add_lease_tokens(token);
  }
  under_way_ = true;
  queue_.RenewLeases(
      request, std::max(Interval(), kTimeoutMin),
      [this, request](absl::StatusOr<v1::RenewLeasesResponse> response) {
        loop_.Post([this, request, response = std::move(response)] { End(*request, response); });
      });
}

void LeaseKeeper::End(const v1::RenewLeasesRequest& request,
                      const absl::StatusOr<v1::RenewLeasesResponse>& response) {
  under_way_ = false;
  const bool ok = response.ok() && response->statuses_size() == request.lease_tokens_size();
  metrics_.CountRenewal(ok);
  if (!ok) {
    Fail(response.ok() ? absl::InternalError("an answer of another length") : response.status());
    return;
  }
  failing_ = false;
  pace_.Reset();
  const absl::Duration lasts = FromProto(response->lease_duration());
  if (lasts > absl::ZeroDuration()) lease_duration_ = lasts;
  Schedule(Interval());
  Tell(request, *response);
}

void LeaseKeeper::Fail(const absl::Status& status) {
  if (!failing_) {
    LogWarning("lease", "the leases could not be renewed; trying again",
               {{"leases", held_.size()}, {"error", status}});
  }
  failing_ = true;
  Schedule(std::min(pace_.Next(), Interval()));
}

void LeaseKeeper::Tell(const v1::RenewLeasesRequest& request,
                       const v1::RenewLeasesResponse& response) {
  for (int i = 0; i < request.lease_tokens_size(); ++i) {
    if (response.statuses(i) == v1::LEASE_STATUS_LOST) events_.lost(request.lease_tokens(i));
    if (response.statuses(i) == v1::LEASE_STATUS_CANCEL) events_.cancel(request.lease_tokens(i));
  }
  if (response.drain()) events_.drain();
}

}  // namespace lull
