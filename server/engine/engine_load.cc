// What the engine is told of before its first command: what the store holds.
#include <algorithm>

#include "server/engine/engine.h"

namespace lull {

void Engine::StartLoad() {
  jobs_.StartLoad();
  keys_.StartLoad();
}

void Engine::FinishLoad() {
  jobs_.FinishLoad();
  keys_.FinishLoad();
}

void Engine::LoadLive(LiveState live, Instant now) {
  const JobSlot slot = jobs_.Add(live.number);
  LiveJob& job = At(slot);
  job.create_us = absl::ToUnixMicros(live.create_time);
  job.ready_us = absl::ToUnixMicros(live.ready_since);
  job.not_before_us =
      live.not_before == absl::InfinitePast() ? 0 : absl::ToUnixMicros(live.not_before);
  job.deadline_us = absl::ToUnixMicros(live.deadline);
  job.kind = kinds_.Acquire(
      {std::move(live.tenant), std::move(live.class_name), std::move(live.route_group),
       std::move(live.model), std::move(live.required_tags), live.run_when},
      *plan_);
  job.request_bytes = static_cast<uint32_t>(live.request_bytes);
  job.lease = static_cast<uint32_t>(live.lease);
  job.event = live.event;
  job.avoid = live.avoid_upstreams;
  job.attempts = static_cast<uint16_t>(live.attempt_count);
  job.max_attempts = static_cast<uint16_t>(live.max_attempts);
  job.dispatches = static_cast<uint16_t>(live.dispatch_count);
  job.backoff_round = static_cast<uint8_t>(live.backoff_round);
  job.priority = static_cast<int8_t>(live.priority);
  job.state = live.state;
  job.cancel_cause = live.cancel_cause;
  job.backing_off = live.backing_off;
  if (!live.attempts.empty() || live.first_start != absl::InfinitePast() || live.labels) {
    job.past = std::make_unique<JobPast>();
    job.past->first_start = live.first_start;
    job.past->attempts = std::move(live.attempts);
    if (live.labels) job.past->labels = std::make_unique<Labels>(*std::move(live.labels));
  }
  TenantUse& use = tenants_[kinds_[job.kind].tenant];
  ++use.jobs;
  use.bytes += job.request_bytes;
  live_bytes_ += job.request_bytes;
  Count(job, +1);
  if (job.state == JobState::kPending) {
    EnterQueue(slot, now);
    return;
  }
  // Its worker may still be calling: one fresh period to say so.
  job.running = std::make_unique<RunningAttempt>();
  RunningAttempt& running = *job.running;
  running.worker = std::move(live.worker);
  running.upstream = std::move(live.upstream);
  running.model = std::move(live.attempt_model);
  running.outside_window = live.outside_window;
  running.start = live.attempt_start;
  running.total_limit = live.total_limit;
  running.granted = now.steady;
  running.mentioned = true;
  running.call.class_index = kinds_[job.kind].class_index;
  running.call.upstream = plan_->FindUpstream(running.upstream).value_or(-1);
  running.call.started = now.steady - std::max(absl::ZeroDuration(), now.wall - live.attempt_start);
  scheduler_.Resume(running.call);
  if (workers_.Seen(running.worker, -absl::InfiniteDuration()) != nullptr) {
    workers_.Hold(running.worker, slot);
  }
  SetLease(slot, now);
  if (job.state == JobState::kRunning) SetTimer(slot, now);
}

void Engine::LoadKey(const KeyAdded& key) { keys_.Add(key); }

absl::Status Engine::LoadSmallState(const SmallState& state, Instant now) {
  if (state.kind == LostCalls::kKind) {
    absl::StatusOr<RunningCall> call = lost_calls_.Restore(state, *plan_, now.steady);
    if (!call.ok()) return call.status();
    scheduler_.Resume(*call);
    return absl::OkStatus();
  }
  if (state.kind == kPausedClass) return LoadPause(state);
  if (state.kind == kDrainingWorker) {
    LoadDrain(state, now);
    return absl::OkStatus();
  }
  return scheduler_.Restore(state.kind, state.key, state.value.value_or(""), now);
}

}  // namespace lull
