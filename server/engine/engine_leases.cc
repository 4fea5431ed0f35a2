// How attempts start, and how their leases are kept.
#include <algorithm>

#include "server/engine/engine.h"

namespace lull {
namespace {

constexpr absl::Duration kUnmentionedAfter = absl::Seconds(10);
constexpr int kUnmentionedRenewals = 2;
constexpr int kLateReports = 2;  // leases

}  // namespace

// ---- grants

bool Engine::IsDraining(absl::string_view worker) const { return workers_.IsDraining(worker); }

void Engine::Greet(const LeaseRequest& request, Instant now) {
  WorkerTable::Worker* worker = workers_.Seen(request.worker, now.steady);
  if (worker == nullptr) return;
  worker->credentials = request.credentials;
  worker->tags = request.tags;
  worker->version = request.version;
  worker->peer = request.peer;
  if (request.capacity > 0) worker->capacity = request.capacity;
}

LeaseReply Engine::Offer(const LeaseRequest& request, Instant now) {
  LeaseReply reply;
  reply.drain = workers_.IsDraining(request.worker);
  if (reply.drain) return reply;
  WorkerOffer offer{request.credentials, request.tags, INT64_MAX};  // the first may be of any size
  int64_t bytes_left = request.max_bytes;
  while (static_cast<int32_t>(reply.grants.size()) < request.max_jobs) {
    const std::optional<Grant> grant = scheduler_.Next(
        offer, now, [this](JobSlot slot) { return int64_t{At(slot).request_bytes}; });
    if (!grant) break;
    bytes_left -= At(grant->slot).request_bytes;
    offer.max_bytes = std::max<int64_t>(0, bytes_left);
    reply.grants.push_back(StartAttempt(*grant, request, now));
  }
  return reply;
}

LeaseGrant Engine::StartAttempt(const Grant& grant, const LeaseRequest& request, Instant now) {
  LiveJob& job = At(grant.slot);
  const QuotaClass& quota = plan_->classes[grant.class_index];
  const RouteMember& member = plan_->route_groups[grant.route].members[grant.member];
  const Upstream& upstream = plan_->upstreams[grant.call.upstream];
  if (!job.past) job.past = std::make_unique<JobPast>();
  if (job.past->first_start == absl::InfinitePast()) job.past->first_start = now.wall;
  ++job.lease;
  ++job.dispatches;
  job.not_before_us = 0;
  job.backing_off = false;

  job.running = std::make_unique<RunningAttempt>();
  RunningAttempt& running = *job.running;
  running.worker = request.worker;
  running.upstream = upstream.name;
  running.model = member.model;
  running.outside_window = grant.outside_window;
  running.call = grant.call;
  running.start = now.wall;
  running.total_limit =
      std::min(quota.time_limits.total, absl::FromUnixMicros(job.deadline_us) - now.wall);
  running.granted = now.steady;
  workers_.Hold(request.worker, grant.slot);
  SetState(job, JobState::kRunning);
  SetLease(grant.slot, now);
  SetTimer(grant.slot, now);
  Touch(grant.slot);
  Event& started = Note(job, EventKind::kStarted, now);
  started.attempt_number = job.dispatches;
  started.worker = request.worker;
  started.outside_window = grant.outside_window;

  LeaseGrant lease;
  lease.token = {instance_, job.number, job.lease};
  lease.attempt_number = job.dispatches;
  lease.plan = plan_;
  lease.class_index = grant.class_index;
  lease.upstream = grant.call.upstream;
  lease.model = member.model;
  lease.priority = job.priority;
  lease.lease_duration = plan_->lease_duration;
  lease.time_limits = quota.time_limits;
  lease.time_limits.total = running.total_limit;
  return lease;
}

// ---- renewals

RenewReply Engine::Execute(const RenewRequest& request, Instant now) {
  RenewReply reply;
  reply.lease_duration = plan_->lease_duration;
  if (WorkerTable::Worker* worker = workers_.Seen(request.worker, now.steady)) {
    worker->peer = request.peer;
    worker->in_flight = request.in_flight;
    if (request.capacity > 0) worker->capacity = request.capacity;
  }
  reply.drain = workers_.IsDraining(request.worker);
  for (const LeaseToken& token : request.tokens) {
    JobSlot slot = 0;
    LiveJob* job = Find(token, &slot);
    if (job == nullptr || job->lease != token.lease) {
      reply.standings.push_back(LeaseStanding::kLost);
      continue;
    }
    // A lease that ran out, but was given to no one else: its answer would still be taken.
    reply.standings.push_back(LeaseStanding::kHeld);
    if (!job->running) continue;
    job->running->mentioned = true;
    // No call takes longer than its total limit, and a worker that is there reports it soon: one
    // that only renews does not keep the job for ever.
    const RunningAttempt& running = *job->running;
    const absl::Duration over = running.call.started + running.total_limit;
    if (now.steady < over + kLateReports * plan_->lease_duration) SetLease(slot, now);
    if (job->state == JobState::kCancelling) reply.standings.back() = LeaseStanding::kCancel;
  }
  TakeBackUnmentioned(request.worker, now);
  return reply;
}

void Engine::TakeBackUnmentioned(absl::string_view worker, Instant now) {
  const auto found = workers_.all().find(worker);
  if (found == workers_.all().end()) return;
  // The reply with these grants was lost, or the worker would have named them by now. Nothing was
  // sent upstream.
  std::vector<JobSlot> unmentioned;
  for (JobSlot slot : found->second.held) {
    RunningAttempt& running = *At(slot).running;
    if (running.mentioned || now.steady < running.granted + kUnmentionedAfter) continue;
    if (++running.omitted >= kUnmentionedRenewals) unmentioned.push_back(slot);
  }
  for (JobSlot slot : unmentioned) ReleaseOne(slot, now);
}

}  // namespace lull
