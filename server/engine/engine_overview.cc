// Everything that decides what runs now, for operators and metrics.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"

namespace lull {
namespace {

// Steady times are nobody's but ours.
absl::Time WallOf(absl::Duration steady, Instant now) { return now.wall + (steady - now.steady); }

WorkerStats Describe(const std::string& id, const WorkerTable::Worker& worker, Instant now) {
  WorkerStats stats;
  stats.id = id;
  stats.leases = static_cast<int64_t>(worker.held.size());
  stats.draining = worker.draining;
  stats.since_seen = now.steady - worker.seen;
  stats.version = worker.version;
  stats.peer = worker.peer;
  stats.credentials = worker.credentials;
  stats.tags = worker.tags;
  stats.in_flight = worker.in_flight;
  stats.capacity = worker.capacity;
  return stats;
}

}  // namespace

StatsReply Engine::Execute(const StatsRequest& request, Instant now) {
  StatsReply reply;
  reply.classes = class_counts_;
  const auto has_worker = [&](const Upstream& upstream) {
    return workers_.CanCall(upstream, now.steady);
  };
  CountPendingReasons(now, has_worker, &reply);
  for (size_t i = 0; i < reply.classes.size(); ++i) {
    const Scheduler::ClassUse use = scheduler_.UseOf(static_cast<int>(i), now);
    reply.classes[i].requests_used = use.requests;
    reply.classes[i].held = use.held;
    reply.classes[i].hold_changes = use.hold_changes;
  }
  for (size_t i = 0; i < plan_->upstreams.size(); ++i) {
    reply.upstreams.push_back(StatsOf(static_cast<int>(i), now));
  }
  reply.lane_count = scheduler_.lane_count();
  if (request.max_lanes > 0) {
    for (const Scheduler::LaneView& lane :
         scheduler_.LongestLanes(static_cast<size_t>(request.max_lanes), now, has_worker)) {
      reply.lanes.push_back(StatsOf(lane));
    }
  }
  for (const auto& [id, worker] : workers_.all()) {
    reply.workers.push_back(Describe(id, worker, now));
  }
  reply.live_jobs = live_jobs();
  reply.live_bytes = live_bytes_;
  reply.idempotency_keys = keys_.size();
  reply.newest_event = next_event_ + static_cast<EventNumber>(group_.events.size()) - 1;
  return reply;
}

void Engine::CountPendingReasons(Instant now, absl::FunctionRef<bool(const Upstream&)> has_worker,
                                 StatsReply* reply) {
  scheduler_.CountReasons(now, has_worker, [&](int index, PendingReason reason, int64_t count) {
    auto& reasons = reply->classes[index].pending_by_reason;
    const auto known = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const auto& entry) { return entry.first == reason; });
    if (known == reasons.end()) {
      reasons.emplace_back(reason, count);
    } else {
      known->second += count;
    }
  });
}

UpstreamStats Engine::StatsOf(int index, Instant now) {
  const Upstream& upstream = plan_->upstreams[index];
  const UpstreamState& state = scheduler_.upstream(index);
  UpstreamStats stats;
  stats.name = upstream.name;
  stats.in_flight = state.in_flight();
  stats.learned_limit = state.limit().value();
  stats.named_cap = state.limit().named_cap();
  stats.ejected = state.ejected(now.steady);
  stats.parked = state.parked();
  stats.probed = state.probed(now.steady);
  if (stats.ejected || stats.parked) {
    if (!stats.probed) stats.until = WallOf(state.isolated_until(), now);
  }
  if (state.blocked_until() > now.steady) stats.blocked_until = WallOf(state.blocked_until(), now);
  stats.first_content = state.first_content();
  stats.recent = state.recent(now.steady);
  const std::string& account = plan_->accounts[upstream.account].name;
  if (stats.parked) {
    stats.detail = "refuses our credential, balance or model";
  } else if (stats.probed) {
    stats.detail = "one call tries whether it works again";
  } else if (stats.ejected) {
    stats.detail = absl::StrCat(UpstreamState::kFailuresToEject, " calls in a row failed");
  } else if (!workers_.CanCall(upstream, now.steady)) {
    stats.detail = upstream.credential.empty()
                       ? "no worker is connected"
                       : absl::StrCat("no worker is connected that holds credential \"",
                                      upstream.credential, "\"");
  } else if (const PendingReason gate = scheduler_.UpstreamGate(index, now.steady);
             gate == PendingReason::kConcurrencyLimit) {
    stats.detail =
        absl::StrCat("account \"", account, "\" has as many calls running as its limit allows");
  } else if (gate == PendingReason::kRateLimit) {
    stats.detail = absl::StrCat("account \"", account, "\" has used up its requests");
  }
  return stats;
}

LaneStats Engine::StatsOf(const Scheduler::LaneView& lane) const {
  LaneStats stats;
  stats.class_name = plan_->classes[lane.key.class_index].name;
  stats.tenant = lane.key.tenant;
  stats.route_group = plan_->route_groups[lane.key.route].name;
  stats.required_tags = lane.key.required_tags;
  stats.run_when = lane.key.run_when;
  stats.pending = lane.jobs;
  if (lane.first) stats.oldest = absl::FromUnixMicros(At(*lane.first).create_us);
  stats.waiting = lane.waiting;
  return stats;
}

}  // namespace lull
