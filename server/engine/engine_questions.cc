// What is asked about jobs, leases and the whole.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"

namespace lull {

std::optional<LiveView> Engine::View(const Caller& caller, JobNumber number, Instant now) {
  const std::optional<JobSlot> slot = FindOf(caller, number);
  if (!slot) return std::nullopt;
  const LiveJob& job = At(*slot);
  const JobKind& kind = kinds_[job.kind];
  LiveView view;
  view.state = ToLiveState(job);
  if (job.state != JobState::kPending) return view;
  if (!kind.schedulable()) {
    view.waiting.reason = PendingReason::kNoUpstream;
    view.waiting.detail =
        kind.class_index < 0
            ? absl::StrCat("class \"", kind.class_name, "\" is no longer configured")
            : absl::StrCat("route group \"", kind.route_group, "\" is no longer configured");
    return view;
  }
  view.waiting = scheduler_.Why(*slot, now, view.state.not_before, [&](const Upstream& upstream) {
    return workers_.CanCall(upstream, now.steady);
  });
  return view;
}

ReadReply Engine::Execute(const ReadRequest& request, Instant now) {
  ReadReply reply;
  for (JobNumber job : request.jobs) reply.jobs.push_back(View(request.caller, job, now));
  return reply;
}

// As a renewal would answer, but nothing is extended.
ProgressReply Engine::Execute(const ProgressRequest& request, Instant now) {
  workers_.Seen(request.worker, now.steady);
  ProgressReply reply;
  for (const LeaseToken& token : request.tokens) {
    ProgressReply::Lease& lease = reply.leases.emplace_back();
    JobSlot slot = 0;
    const LiveJob* job = Find(token, &slot);
    if (job == nullptr || job->lease != token.lease) continue;
    lease.standing =
        job->state == JobState::kCancelling ? LeaseStanding::kCancel : LeaseStanding::kHeld;
    lease.attempt_number = job->dispatches;
  }
  return reply;
}

StatsReply Engine::Execute(const StatsRequest&, Instant now) {
  StatsReply reply;
  reply.classes = class_counts_;
  const auto has_worker = [&](const Upstream& upstream) {
    return workers_.CanCall(upstream, now.steady);
  };
  scheduler_.CountReasons(now, has_worker, [&](int index, PendingReason reason, int64_t count) {
    auto& reasons = reply.classes[index].pending_by_reason;
    const auto known = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const auto& entry) { return entry.first == reason; });
    if (known == reasons.end()) {
      reasons.emplace_back(reason, count);
    } else {
      known->second += count;
    }
  });
  for (size_t i = 0; i < plan_->upstreams.size(); ++i) {
    const UpstreamState& state = scheduler_.upstream(static_cast<int>(i));
    UpstreamStats stats;
    stats.name = plan_->upstreams[i].name;
    stats.in_flight = state.in_flight();
    stats.learned_limit = state.limit().value();
    stats.ejected = state.ejected(now.steady);
    stats.parked = state.parked();
    if (stats.parked) stats.detail = "refuses our credential, balance or model";
    reply.upstreams.push_back(std::move(stats));
  }
  for (const auto& [id, worker] : workers_.all()) {
    reply.workers.push_back(
        {id, static_cast<int64_t>(worker.held.size()), worker.draining, now.steady - worker.seen});
  }
  reply.live_jobs = live_jobs();
  reply.live_bytes = live_bytes_;
  reply.idempotency_keys = keys_.size();
  reply.newest_event = next_event_ + static_cast<EventNumber>(group_.events.size()) - 1;
  return reply;
}

}  // namespace lull
