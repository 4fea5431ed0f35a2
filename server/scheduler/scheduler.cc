#include "server/scheduler/scheduler.h"

#include <algorithm>
#include <utility>

namespace lull {
namespace {

int64_t Micros(absl::Time time) { return absl::ToUnixMicros(time); }

constexpr absl::Duration kSlack = absl::Seconds(10);  // between the latest start and the deadline

}  // namespace

Scheduler::Scheduler(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {
  for (size_t i = 0; i < plan_->classes.size(); ++i) {
    classes_.emplace_back(plan_->classes[i]);
    class_order_.push_back(static_cast<int>(i));
  }
  std::stable_sort(class_order_.begin(), class_order_.end(), [this](int a, int b) {
    return plan_->classes[a].priority > plan_->classes[b].priority;
  });
  delayed_counts_.resize(classes_.size());
  accounts_.resize(plan_->accounts.size());
  for (size_t i = 0; i < accounts_.size(); ++i) {
    if (plan_->accounts[i].requests) accounts_[i].window.emplace(*plan_->accounts[i].requests);
  }
  upstreams_.resize(plan_->upstreams.size());
  for (const RouteGroup& group : plan_->route_groups) {
    wheel_.emplace_back(group.members.size(), 0);
  }
}

// ---- waiting jobs

LaneIndex Scheduler::LaneFor(const LaneKey& key) {
  // Jobs for a lane mostly come in a row, and to compare is quicker than to hash.
  if (latest_lane_ < lanes_.size() && lanes_[latest_lane_].jobs > 0 &&
      lanes_[latest_lane_].key == key) {
    return latest_lane_;
  }
  const auto found = lane_of_key_.find(key);
  if (found != lane_of_key_.end()) return latest_lane_ = found->second;
  LaneIndex lane;
  if (free_lanes_.empty()) {
    lane = static_cast<LaneIndex>(lanes_.size());
    lanes_.emplace_back();
  } else {
    lane = free_lanes_.back();
    free_lanes_.pop_back();
  }
  lanes_[lane].key = key;
  lane_of_key_.emplace(key, lane);
  return latest_lane_ = lane;
}

void Scheduler::LeaveLane(LaneIndex index) {
  Lane& lane = lanes_[index];
  if (lane.listed && lane.ready.empty() && lane.urgent.empty()) {
    std::vector<LaneIndex>& listed = classes_[lane.key.class_index].lanes;
    listed.erase(std::find(listed.begin(), listed.end(), index));
    lane.listed = false;
  }
  if (lane.jobs > 0) return;
  lane_of_key_.erase(lane.key);
  lane = Lane();
  free_lanes_.push_back(index);
}

void Scheduler::Wait(const WaitingJob& job, const LaneKey& key, absl::Time wall_now) {
  if (job.slot >= places_.size()) places_.resize(job.slot + 1);
  const LaneIndex lane = LaneFor(key);
  ++lanes_[lane].jobs;
  Place& place = places_[job.slot];
  place.lane = lane;
  place.urgent = job.urgent;
  place.backing_off = job.backing_off;
  const int64_t rank =
      Micros(job.ready_since) - job.priority * absl::ToInt64Microseconds(plan_->priority_step);
  if (job.not_before > wall_now) {
    place.where = Where::kDelayed;
    delayed_.Push(heap_places_, Micros(job.not_before), job.slot);
    delayed_jobs_[job.slot] = {rank, Micros(job.deadline)};
    CountDelayed(job.slot, +1);
  } else {
    Enter(job.slot, job.urgent, rank, Micros(job.deadline));
  }
}

void Scheduler::CountDelayed(JobSlot slot, int sign) {
  const Place& place = places_[slot];
  Lane& lane = lanes_[place.lane];
  Delayed& counts = delayed_counts_[lane.key.class_index];
  (place.backing_off ? counts.backing_off : counts.scheduled) += sign;
  if (place.backing_off) lane.backing_off += sign;
}

void Scheduler::Enter(JobSlot slot, bool urgent, int64_t rank, int64_t deadline) {
  const LaneIndex index = places_[slot].lane;
  Lane& lane = lanes_[index];
  places_[slot].where = urgent ? Where::kUrgent : Where::kReady;
  (urgent ? lane.urgent : lane.ready).Push(heap_places_, urgent ? deadline : rank, slot);
  ++ready_jobs_;
  if (!lane.listed) {
    lane.listed = true;
    classes_[lane.key.class_index].lanes.push_back(index);
  }
}

void Scheduler::Withdraw(JobSlot slot) {
  Place& place = places_[slot];
  Lane& lane = lanes_[place.lane];
  switch (place.where) {
    case Where::kNone:
      return;
    case Where::kDelayed:
      delayed_.Remove(heap_places_, slot);
      delayed_jobs_.erase(slot);
      CountDelayed(slot, -1);
      break;
    case Where::kReady:
      lane.ready.Remove(heap_places_, slot);
      --ready_jobs_;
      break;
    case Where::kUrgent:
      lane.urgent.Remove(heap_places_, slot);
      --ready_jobs_;
      break;
  }
  place.where = Where::kNone;
  --lane.jobs;
  LeaveLane(place.lane);
}

void Scheduler::MakeUrgent(JobSlot slot, absl::Time deadline) {
  Place& place = places_[slot];
  place.urgent = true;
  if (place.where != Where::kReady) return;
  Lane& lane = lanes_[place.lane];
  lane.ready.Remove(heap_places_, slot);
  lane.urgent.Push(heap_places_, Micros(deadline), slot);
  place.where = Where::kUrgent;
}

absl::Time Scheduler::LatestStart(int class_index, absl::Time deadline) const {
  return deadline - classes_[class_index].durations.P95() - kSlack;
}

void Scheduler::ReleaseDue(absl::Time wall_now) {
  while (!delayed_.empty() && delayed_.top().key <= Micros(wall_now)) {
    const JobSlot slot = delayed_.Pop(heap_places_);
    const auto found = delayed_jobs_.find(slot);
    const Held held = found->second;
    delayed_jobs_.erase(found);
    CountDelayed(slot, -1);
    Enter(slot, places_[slot].urgent, held.rank, held.deadline);
  }
}

// What is due changes now, whether anybody polls or not: left for the next poll, it would be the
// next change, in the past, for as long as none comes.
absl::Duration Scheduler::NextChange(Instant now) {
  ReleaseDue(now.wall);
  absl::Duration next = absl::InfiniteDuration();
  if (!delayed_.empty()) {
    next = now.steady + (absl::FromUnixMicros(delayed_.top().key) - now.wall);
  }
  bool waiting = false;
  for (ClassState& quota_class : classes_) {
    if (quota_class.lanes.empty()) continue;
    waiting = true;
    const absl::Duration opens = quota_class.OpensAt(now.steady);
    if (opens > now.steady) next = std::min(next, opens);
    if (quota_class.IsHeld(now.wall)) {
      next = std::min(next, now.steady + (quota_class.hold_changes_at() - now.wall));
    }
  }
  if (!waiting) return next;
  for (size_t i = 0; i < upstreams_.size(); ++i) {
    const Answer answer = AskUpstream(static_cast<int>(i), now.steady);
    if (answer.opens > now.steady) next = std::min(next, answer.opens);
  }
  return next;
}

// ---- calls

void Scheduler::End(const RunningCall& call, const CallEnd& end, absl::Duration steady_now) {
  if (call.class_index >= 0) classes_[call.class_index].End();
  if (call.upstream < 0) return;
  --accounts_[plan_->upstreams[call.upstream].account].running;
  upstreams_[call.upstream].End(call, end, steady_now);
}

void Scheduler::NoteDuration(int class_index, absl::Duration duration) {
  if (class_index >= 0) classes_[class_index].durations.Add(duration);
}

void Scheduler::Resume(const RunningCall& call) {
  if (call.class_index >= 0) classes_[call.class_index].Resume();
  if (call.upstream < 0) return;
  ++accounts_[plan_->upstreams[call.upstream].account].running;
  upstreams_[call.upstream].Resume();
}

Scheduler::Answer Scheduler::AskUpstream(int index, absl::Duration steady_now) {
  const Account& limits = plan_->accounts[plan_->upstreams[index].account];
  AccountState& account = accounts_[plan_->upstreams[index].account];
  const UpstreamState& upstream = upstreams_[index];
  const PendingReason gate = upstream.Gate(steady_now);
  if (gate != PendingReason::kNone) return {gate, upstream.OpensAt(steady_now), index};
  if (limits.concurrency && account.running >= *limits.concurrency) {
    return {PendingReason::kConcurrencyLimit, absl::InfiniteDuration(), index};
  }
  if (account.window && !account.window->HasRoom(steady_now)) {
    return {PendingReason::kRateLimit, account.window->NextRoom(steady_now), index};
  }
  return {PendingReason::kNone, steady_now, index};
}

// ---- durable state

void Scheduler::TakeChanged(
    Instant now,
    absl::FunctionRef<void(absl::string_view kind, absl::string_view key, std::string value)> put) {
  for (ClassState& quota_class : classes_) {
    if (!quota_class.TakeWindowChanged()) continue;
    put("class_window", quota_class.quota().name, quota_class.window()->Save(now));
  }
  for (size_t i = 0; i < accounts_.size(); ++i) {
    if (!std::exchange(accounts_[i].window_changed, false)) continue;
    put("account_window", plan_->accounts[i].name, accounts_[i].window->Save(now));
  }
  for (size_t i = 0; i < upstreams_.size(); ++i) {
    if (upstreams_[i].TakeChanged())
      put("upstream", plan_->upstreams[i].name, upstreams_[i].Save(now));
  }
}

absl::Status Scheduler::Restore(absl::string_view kind, absl::string_view key,
                                absl::string_view value, Instant now) {
  if (kind == "class_window") {
    const std::optional<int> index = plan_->FindClass(key);
    SlidingWindow* window = index ? classes_[*index].window() : nullptr;
    if (window != nullptr) return window->Restore(value, now);
  } else if (kind == "account_window") {
    for (size_t i = 0; i < accounts_.size(); ++i) {
      if (plan_->accounts[i].name == key && accounts_[i].window) {
        return accounts_[i].window->Restore(value, now);
      }
    }
  } else if (kind == "upstream") {
    const std::optional<int> index = plan_->FindUpstream(key);
    if (index) return upstreams_[*index].Restore(value, now);
  }
  return absl::OkStatus();
}

}  // namespace lull
