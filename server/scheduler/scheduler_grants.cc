// Which job goes next, and to which upstream.
#include <algorithm>
#include <utility>

#include "server/scheduler/scheduler.h"

namespace lull {
namespace {

// A worker that names tags takes no job that requires others.
bool Takes(const WorkerOffer& offer, const std::vector<std::string>& required) {
  return offer.tags.empty() ||
         std::includes(offer.tags.begin(), offer.tags.end(), required.begin(), required.end());
}

bool Holds(const WorkerOffer& offer, const std::string& credential) {
  return credential.empty() ||
         std::binary_search(offer.credentials.begin(), offer.credentials.end(), credential);
}

}  // namespace

bool Scheduler::HasReady(absl::Time wall_now) {
  ReleaseDue(wall_now);
  return ready_jobs_ > 0 && hold_all_ == PendingReason::kNone;
}

bool Scheduler::IsHeld(const Lane& lane, absl::Time wall_now) {
  ClassState& quota_class = classes_[lane.key.class_index];
  switch (lane.key.run_when) {
    case RunWhen::kAnyTime:
      return false;
    case RunWhen::kClassDefault:
      return quota_class.quota().hold_by_default && quota_class.IsHeld(wall_now);
    case RunWhen::kQuietHours:
      return quota_class.IsHeld(wall_now);
  }
  return false;
}

OutsideWindow Scheduler::OutsideWindowOf(const Lane& lane, absl::Time wall_now) {
  if (IsHeld(lane, wall_now)) return OutsideWindow::kDeadline;
  ClassState& quota_class = classes_[lane.key.class_index];
  const bool opted_in = lane.key.run_when == RunWhen::kAnyTime &&
                        quota_class.quota().hold_by_default && quota_class.IsHeld(wall_now);
  return opted_in ? OutsideWindow::kOptedIn : OutsideWindow::kNo;
}

const IndexedHeap::Item* Scheduler::Head(const Lane& lane, absl::Time wall_now, bool* urgent) {
  *urgent = !lane.urgent.empty();
  if (*urgent) return &lane.urgent.top();
  if (lane.ready.empty() || IsHeld(lane, wall_now)) return nullptr;
  return &lane.ready.top();
}

std::optional<Grant> Scheduler::Next(const WorkerOffer& offer, Instant now,
                                     absl::FunctionRef<int64_t(JobSlot)> request_bytes) {
  ReleaseDue(now.wall);
  if (hold_all_ != PendingReason::kNone) return std::nullopt;
  const int64_t capacity = Capacity();
  // Those that are owed a grant of their guaranteed share, then all by priority.
  for (bool owed : {true, false}) {
    for (int class_index : class_order_) {
      ClassState& quota_class = classes_[class_index];
      if (quota_class.lanes.empty() || (owed && !quota_class.IsOwed())) continue;
      if (quota_class.Gate(now.steady) != PendingReason::kNone) continue;
      if (quota_class.IsAtMaxShare(capacity)) continue;
      std::optional<Grant> grant = GrantFromClass(quota_class, offer, now, request_bytes);
      if (grant) return grant;
    }
  }
  return std::nullopt;
}

int64_t Scheduler::Capacity() const {
  int64_t capacity = 0;
  for (const UpstreamState& upstream : upstreams_) capacity += upstream.limit().calls();
  return capacity;
}

std::optional<Grant> Scheduler::GrantFromClass(ClassState& quota_class, const WorkerOffer& offer,
                                               Instant now,
                                               absl::FunctionRef<int64_t(JobSlot)> request_bytes) {
  struct Candidate {
    bool relaxed;  // not urgent: after all urgent ones
    IndexedHeap::Item item;
    LaneIndex lane;
  };
  std::vector<Candidate> candidates;
  for (LaneIndex lane : quota_class.lanes) {
    bool urgent = false;
    const IndexedHeap::Item* head = Head(lanes_[lane], now.wall, &urgent);
    if (head != nullptr) candidates.push_back({!urgent, *head, lane});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.relaxed != b.relaxed ? b.relaxed : a.item < b.item;
  });
  for (const Candidate& candidate : candidates) {
    std::optional<Grant> grant = GrantFrom(lanes_[candidate.lane], offer, now, request_bytes);
    if (grant) return grant;
  }
  return std::nullopt;
}

void Scheduler::SettleShares(int granted_class) {
  for (ClassState& quota_class : classes_) {
    if (quota_class.lanes.empty()) {
      quota_class.LoseShare();
    } else {
      quota_class.EarnShare();
    }
  }
  classes_[granted_class].SpendShare();
}

std::optional<Grant> Scheduler::GrantFrom(Lane& lane, const WorkerOffer& offer, Instant now,
                                          absl::FunctionRef<int64_t(JobSlot)> request_bytes) {
  if (!Takes(offer, lane.key.required_tags)) return std::nullopt;
  bool urgent = false;
  const JobSlot slot = Head(lane, now.wall, &urgent)->slot;
  if (request_bytes(slot) > offer.max_bytes) return std::nullopt;
  const int member = ChooseMember(lane, offer, now.steady);
  if (member < 0) return std::nullopt;

  Grant grant;
  grant.slot = slot;
  grant.class_index = lane.key.class_index;
  grant.route = lane.key.route;
  grant.member = member;
  grant.outside_window = OutsideWindowOf(lane, now.wall);
  const int upstream = plan_->route_groups[grant.route].members[member].upstream;
  grant.call = {grant.class_index, upstream, now.steady, false};
  grant.call.probe = upstreams_[upstream].Start(now.steady);
  SettleShares(grant.class_index);
  classes_[grant.class_index].Start(now.steady);
  AccountState& account = accounts_[plan_->upstreams[upstream].account];
  ++account.running;
  if (account.window) {
    account.window->Take(now.steady);
    account.window_changed = true;
  }
  Withdraw(slot);
  return grant;
}

uint32_t Scheduler::UsableMembers(int route, const std::vector<std::string>& tags,
                                  absl::Duration steady_now) const {
  uint32_t usable = 0;
  const std::vector<RouteMember>& members = plan_->route_groups[route].members;
  for (size_t i = 0; i < members.size(); ++i) {
    if (plan_->upstreams[members[i].upstream].Carries(tags) &&
        upstreams_[members[i].upstream].IsUsable(steady_now)) {
      usable |= uint32_t{1} << i;
    }
  }
  return usable;
}

int Scheduler::ChooseMember(const Lane& lane, const WorkerOffer& offer, absl::Duration steady_now) {
  const std::vector<RouteMember>& members = plan_->route_groups[lane.key.route].members;
  // What failed before is avoided only while there is something else to go to.
  uint32_t avoid = lane.key.avoid;
  if (avoid != 0 &&
      (UsableMembers(lane.key.route, lane.key.required_tags, steady_now) & ~avoid) == 0) {
    avoid = 0;
  }
  // Smooth weighted round robin (as in nginx): each eligible member gains its weight, the highest
  // goes and pays the sum.
  std::vector<int64_t>& wheel = wheel_[lane.key.route];
  int best = -1;
  int64_t sum = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    const Upstream& upstream = plan_->upstreams[members[i].upstream];
    if ((avoid >> i & 1) != 0 || !Holds(offer, upstream.credential) ||
        !upstream.Carries(lane.key.required_tags) ||
        AskUpstream(members[i].upstream, steady_now).reason != PendingReason::kNone) {
      continue;
    }
    wheel[i] += members[i].weight;
    sum += members[i].weight;
    if (best < 0 || wheel[i] > wheel[best]) best = static_cast<int>(i);
  }
  if (best >= 0) wheel[best] -= sum;
  return best;
}

}  // namespace lull
