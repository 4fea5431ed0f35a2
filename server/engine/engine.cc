#include "server/engine/engine.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/engine/engine_status.h"
#include "server/engine/transition.h"

namespace lull {
namespace {

constexpr absl::Duration kForgetWorkersEvery = absl::Seconds(10);

int64_t SteadyMicros(absl::Duration steady) { return absl::ToInt64Microseconds(steady); }

absl::Time TimeOrUnset(int64_t micros) {
  return micros == 0 ? absl::InfinitePast() : absl::FromUnixMicros(micros);
}

absl::Status ForbiddenTransition(JobNumber job, JobState from, JobState to) {
  return WithReason(absl::InternalError(absl::StrCat(
                        "the server was about to take job number ", job, " from state ",
                        static_cast<int>(from), " to ", static_cast<int>(to),
                        ", which may not be; nothing was done, and this is a fault in the server")),
                    "FORBIDDEN_TRANSITION");
}

}  // namespace

Engine::Engine(std::shared_ptr<const Plan> plan, absl::string_view seed,
               const JobStore::Recovered& recovered)
    : plan_(std::move(plan)),
      // Each epoch has its own stream, or a restart with the same seed would give ids twice.
      random_(absl::StrCat(seed, "/", recovered.epoch)),
      instance_(recovered.instance),
      epoch_(recovered.epoch),
      next_job_(recovered.next_job),
      next_event_(recovered.next_event),
      scheduler_(plan_),
      keys_(plan_->idempotency_window) {
  for (const QuotaClass& quota : plan_->classes) {
    class_counts_.emplace_back();
    class_counts_.back().name = quota.name;
  }
}

// ---- the table

LiveJob* Engine::Find(const LeaseToken& token, JobSlot* slot) {
  if (token.instance != instance_) return nullptr;
  const std::optional<JobSlot> found = jobs_.Find(token.job);
  if (!found) return nullptr;
  *slot = *found;
  return &At(*slot);
}

std::optional<JobSlot> Engine::FindOf(const Caller& caller, JobNumber job) const {
  const std::optional<JobSlot> found = jobs_.Find(job);
  if (!found || kinds_[At(*found).kind].tenant != caller.tenant) return std::nullopt;
  return found;
}

const QuotaClass* Engine::ClassOf(const LiveJob& job) const {
  const int index = kinds_[job.kind].class_index;
  return index < 0 ? nullptr : &plan_->classes[index];
}

LiveState Engine::ToLiveState(const LiveJob& job) const {
  const JobKind& kind = kinds_[job.kind];
  LiveState state;
  state.number = job.number;
  state.tenant = kind.tenant;
  state.class_name = kind.class_name;
  state.route_group = kind.route_group;
  state.model = kind.model;
  state.required_tags = kind.required_tags;
  state.run_when = kind.run_when;
  state.state = job.state;
  state.cancel_cause = job.cancel_cause;
  state.priority = job.priority;
  state.create_time = absl::FromUnixMicros(job.create_us);
  state.ready_since = absl::FromUnixMicros(job.ready_us);
  state.not_before = TimeOrUnset(job.not_before_us);
  state.backing_off = job.backing_off;
  state.deadline = absl::FromUnixMicros(job.deadline_us);
  state.request_bytes = job.request_bytes;
  state.max_attempts = job.max_attempts;
  state.attempt_count = job.attempts;
  state.dispatch_count = job.dispatches;
  state.backoff_round = job.backoff_round;
  state.avoid_upstreams = job.avoid;
  state.lease = job.lease;
  state.event = job.event;
  if (job.running) {
    state.worker = job.running->worker;
    state.upstream = job.running->upstream;
    state.attempt_model = job.running->model;
    state.outside_window = job.running->outside_window;
    state.attempt_start = job.running->start;
    state.total_limit = job.running->total_limit;
  }
  if (job.past) {
    state.first_start = job.past->first_start;
    state.attempts = job.past->attempts;
    if (job.past->labels) state.labels = *job.past->labels;
  }
  return state;
}

void Engine::Touch(JobSlot slot, int created) {
  LiveJob& job = At(slot);
  if (job.touched) return;
  job.touched = true;
  touched_.push_back({slot, job.number, created});
}

Event& Engine::Note(LiveJob& job, EventKind kind, Instant now) {
  job.event = next_event_ + static_cast<EventNumber>(group_.events.size());
  const JobKind& of_job = kinds_[job.kind];
  Event& event = group_.events.emplace_back();
  event.job = job.number;
  event.kind = kind;
  event.state = job.state;
  event.lease = job.lease;
  event.time = now.wall;
  event.tenant = of_job.tenant;
  event.class_name = of_job.class_name;
  event.cancel_cause = job.cancel_cause;
  if (job.running) event.upstream = job.running->upstream;
  return event;
}

void Engine::Count(const LiveJob& job, int sign) {
  const int index = kinds_[job.kind].class_index;
  if (index < 0) return;
  ClassStats& counts = class_counts_[index];
  if (job.state == JobState::kPending) counts.pending += sign;
  if (job.state == JobState::kRunning) counts.running += sign;
  if (job.state == JobState::kCancelling) counts.cancelling += sign;
}

void Engine::SetState(LiveJob& job, JobState state) {
  if (!IsLegalTransition(job.state, state) && broken_.ok()) {
    broken_ = ForbiddenTransition(job.number, job.state, state);
  }
  Count(job, -1);
  job.state = state;
  Count(job, +1);
}

// ---- timers and queue

void Engine::SetTimer(JobSlot slot, Instant now) {
  LiveJob& job = At(slot);
  StopTimer(slot);
  int64_t due = job.deadline_us;
  const int class_index = kinds_[job.kind].class_index;
  if (job.state == JobState::kPending && !job.urgent && class_index >= 0) {
    const absl::Time latest =
        scheduler_.LatestStart(class_index, absl::FromUnixMicros(job.deadline_us));
    job.urgent = latest <= now.wall;
    if (!job.urgent) due = absl::ToUnixMicros(latest);
  }
  wall_timers_.Push(wall_places_, due, slot);
}

void Engine::StopTimer(JobSlot slot) {
  if (wall_places_.Get(slot) != HeapPlaces::kNowhere) wall_timers_.Remove(wall_places_, slot);
}

void Engine::SetLease(JobSlot slot, Instant now) {
  if (lease_places_.Get(slot) != HeapPlaces::kNowhere) lease_timers_.Remove(lease_places_, slot);
  RunningAttempt& running = *At(slot).running;
  running.lease_until = now.steady + plan_->lease_duration;
  lease_timers_.Push(lease_places_, SteadyMicros(running.lease_until), slot);
}

void Engine::EnterQueue(JobSlot slot, Instant now) {
  LiveJob& job = At(slot);
  SetTimer(slot, now);
  const JobKind& kind = kinds_[job.kind];
  if (!kind.schedulable()) return;
  Scheduler::WaitingJob waiting;
  waiting.slot = slot;
  waiting.priority = job.priority;
  waiting.ready_since = absl::FromUnixMicros(job.ready_us);
  waiting.not_before = TimeOrUnset(job.not_before_us);
  waiting.backing_off = job.backing_off;
  waiting.deadline = absl::FromUnixMicros(job.deadline_us);
  waiting.urgent = job.urgent;
  scheduler_.Wait(
      waiting,
      {kind.class_index, kind.route, kind.required_tags, kind.run_when, kind.tenant, job.avoid},
      now.wall);
}

void Engine::LeaveQueue(JobSlot slot) {
  if (kinds_[At(slot).kind].schedulable()) scheduler_.Withdraw(slot);
}

void Engine::Advance(Instant now) {
  const int64_t wall = absl::ToUnixMicros(now.wall);
  while (!wall_timers_.empty() && wall_timers_.top().key <= wall) {
    const JobSlot slot = wall_timers_.Pop(wall_places_);
    LiveJob& job = At(slot);
    const bool over = job.deadline_us <= wall;
    if (job.state == JobState::kPending && !over) {
      job.urgent = true;
      LeaveQueue(slot);
      EnterQueue(slot, now);
    } else if (job.state == JobState::kPending) {
      JobEnded ended = Ending(job, JobState::kExpired, now);
      ended.error = {4, "DEADLINE_EXCEEDED", "the job's deadline passed before it could be done"};
      End(slot, std::move(ended), now);
    } else if (job.state == JobState::kRunning) {
      RequestCancel(slot, CancelCause::kDeadline, now);
    }
  }
  while (!lease_timers_.empty() && lease_timers_.top().key <= SteadyMicros(now.steady)) {
    LoseLease(lease_timers_.Pop(lease_places_), now);
  }
  for (auto& [lost, state] : lost_calls_.RemoveDue(now.wall)) {
    scheduler_.End(lost.call, CallEnd(), now.steady);
    group_.records.push_back(std::move(state));
  }
  keys_.Forget(now.wall);
  ResumeDueClasses(now);
  if (now.steady >= forget_workers_at_) {
    ForgetWorkers(now);
    forget_workers_at_ = now.steady + kForgetWorkersEvery;
  }
}

absl::Duration Engine::NextWake(Instant now) {
  absl::Duration next = scheduler_.NextChange(now);
  if (!wall_timers_.empty()) {
    next = std::min(next, now.steady + (absl::FromUnixMicros(wall_timers_.top().key) - now.wall));
  }
  if (!lease_timers_.empty()) {
    next = std::min(next, absl::Microseconds(lease_timers_.top().key));
  }
  const absl::Time wall = std::min(lost_calls_.NextDue(), NextResume());
  return std::min(next, now.steady + (wall - now.wall));
}

// ---- what came of it

Group Engine::TakeGroup(Instant now) {
  for (const Touched& touched : touched_) {
    LiveJob& job = At(touched.slot);
    // The slot may have been given to another job since.
    if (job.number != touched.number || !job.touched) continue;
    job.touched = job.fresh = false;
    if (touched.created >= 0) {
      std::get<JobCreated>(group_.records[touched.created]).live = ToLiveState(job);
    } else {
      group_.records.push_back(LiveChanged{ToLiveState(job)});
    }
  }
  touched_.clear();
  usage_.MoveTo(&group_.records);
  scheduler_.TakeChanged(
      now, [this](absl::string_view kind, absl::string_view key, std::string value) {
        group_.records.push_back(SmallState{std::string(kind), std::string(key), std::move(value)});
      });
  group_.epoch = epoch_;
  group_.first_event = next_event_;
  next_event_ += static_cast<EventNumber>(group_.events.size());
  return std::exchange(group_, Group());
}

}  // namespace lull
