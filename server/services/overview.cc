#include "server/services/overview.h"

#include <algorithm>

#include "base/build_info.h"
#include "server/api/convert_enum.h"
#include "server/api/proto_time.h"

namespace lull {
namespace {

void AddTo(const ClassStats& stats, v1::JobCounts* counts) {
  const int64_t running = stats.running + stats.cancelling;
  counts->set_total(counts->total() + stats.pending + running);
  counts->set_pending(counts->pending() + stats.pending);
  counts->set_running(counts->running() + running);
}

v1::UpstreamKind ToProto(UpstreamKind kind) {
  switch (kind) {
    case UpstreamKind::kPrimary:
      break;
    case UpstreamKind::kFallback:
      return v1::UPSTREAM_KIND_FALLBACK;
    case UpstreamKind::kLocal:
      return v1::UPSTREAM_KIND_LOCAL;
  }
  return v1::UPSTREAM_KIND_PRIMARY;
}

v1::UpstreamState StateOf(const UpstreamStats& stats) {
  if (stats.parked) return v1::UPSTREAM_STATE_PARKED;
  if (stats.probed) return v1::UPSTREAM_STATE_PROBING;
  return stats.ejected ? v1::UPSTREAM_STATE_EJECTED : v1::UPSTREAM_STATE_HEALTHY;
}

// The limit is that of all the upstream's models together.
void FillLimit(const UpstreamStats& stats, v1::LearnedLimit* proto) {
  proto->set_concurrency(stats.learned_limit);
  proto->set_in_flight(stats.in_flight);
  if (stats.named_cap) proto->set_named_cap(*stats.named_cap);
  if (stats.blocked_until != absl::InfinitePast()) {
    *proto->mutable_blocked_until_time() = ToTimestamp(stats.blocked_until);
  }
  if (stats.first_content) {
    *proto->mutable_time_to_first_content_p50() = ToProtoDuration(*stats.first_content);
  }
}

void FillUpstream(const UpstreamStats& stats, const Plan& plan, v1::UpstreamStatus* proto) {
  proto->set_name(stats.name);
  proto->set_state(StateOf(stats));
  proto->set_state_detail(stats.detail);
  if (stats.until != absl::InfiniteFuture()) {
    *proto->mutable_until_time() = ToTimestamp(stats.until);
  }
  proto->set_in_flight(stats.in_flight);
  proto->set_recent_calls(stats.recent.calls);
  proto->set_recent_busy(stats.recent.busy);
  proto->set_recent_failures(stats.recent.failures);
  v1::LearnedLimit& limit = *proto->add_learned_limits();
  FillLimit(stats, &limit);
  if (const auto index = plan.FindUpstream(stats.name)) {
    const Upstream& upstream = plan.upstreams[*index];
    proto->set_account(plan.accounts[upstream.account].name);
    proto->set_kind(ToProto(upstream.kind));
    limit.set_account(proto->account());
  }
}

void FillLane(const LaneStats& stats, v1::LaneStatus* proto) {
  proto->set_class_name(stats.class_name);
  proto->set_tenant(stats.tenant);
  proto->set_route_group(stats.route_group);
  proto->mutable_required_tags()->Assign(stats.required_tags.begin(), stats.required_tags.end());
  proto->set_run_when(ToProto(stats.run_when));
  proto->set_pending(stats.pending);
  if (stats.oldest != absl::InfinitePast()) {
    *proto->mutable_oldest_create_time() = ToTimestamp(stats.oldest);
  }
  proto->set_pending_reason(ToProto(stats.waiting.reason));
  proto->set_pending_detail(stats.waiting.detail);
}

void FillLimits(const ClassStats& stats, const QuotaClass& quota, v1::ClassStatus* proto) {
  if (quota.concurrency) {
    proto->mutable_limits()->set_concurrency(static_cast<int32_t>(*quota.concurrency));
  }
  if (!quota.requests) return;
  v1::RateLimit& limit = *proto->mutable_limits()->mutable_requests();
  limit.set_count(quota.requests->count);
  *limit.mutable_window() = ToProtoDuration(quota.requests->window);
  v1::WindowUse& use = *proto->mutable_requests();
  use.set_used(stats.requests_used.value_or(0));
  use.set_limit(quota.requests->count);
  *use.mutable_window() = limit.window();
}

}  // namespace

void FillClass(const ClassStats& stats, const Plan& plan, v1::ClassStatus* proto) {
  proto->set_name(stats.name);
  proto->set_paused(stats.paused);
  proto->set_pause_reason(stats.pause_reason);
  if (stats.resume_time != absl::InfiniteFuture()) {
    *proto->mutable_resume_time() = ToTimestamp(stats.resume_time);
  }
  AddTo(stats, proto->mutable_counts());
  proto->set_in_flight(stats.running + stats.cancelling);
  proto->set_held(stats.held);
  if (stats.hold_changes != absl::InfiniteFuture()) {
    *proto->mutable_next_window_change_time() = ToTimestamp(stats.hold_changes);
  }
  if (const auto index = plan.FindClass(stats.name)) {
    proto->set_priority(plan.classes[*index].priority);
    FillLimits(stats, plan.classes[*index], proto);
  }
}

void FillWorker(const WorkerStats& stats, absl::Time now, v1::WorkerStatus* proto) {
  proto->set_worker_id(stats.id);
  proto->set_version(stats.version);
  proto->set_peer(stats.peer);
  proto->mutable_credentials()->Assign(stats.credentials.begin(), stats.credentials.end());
  proto->mutable_tags()->Assign(stats.tags.begin(), stats.tags.end());
  proto->set_in_flight(stats.in_flight);
  proto->set_capacity(stats.capacity);
  proto->set_leases(stats.leases);
  proto->set_draining(stats.draining);
  *proto->mutable_last_seen_time() = ToTimestamp(now - stats.since_seen);
}

void FillWorkers(const StatsReply& stats, absl::Time now,
                 google::protobuf::RepeatedPtrField<v1::WorkerStatus>* workers) {
  for (const WorkerStats& worker : stats.workers) FillWorker(worker, now, workers->Add());
}

void FillOverview(const StatsReply& stats, const ServiceParts& parts, v1::Overview* overview) {
  const absl::Time now = parts.clock->WallNow();
  const Plan& plan = *parts.rules.plan;
  *overview->mutable_time() = ToTimestamp(now);
  overview->set_version(kVersion);
  *overview->mutable_server_start_time() = ToTimestamp(parts.start_time);
  for (const ClassStats& of_class : stats.classes) {
    AddTo(of_class, overview->mutable_counts());
    FillClass(of_class, plan, overview->add_classes());
  }
  std::stable_sort(overview->mutable_classes()->begin(), overview->mutable_classes()->end(),
                   [](const v1::ClassStatus& a, const v1::ClassStatus& b) {
                     return a.priority() > b.priority();
                   });
  for (const LaneStats& lane : stats.lanes) FillLane(lane, overview->add_lanes());
  overview->set_lane_count(stats.lane_count);
  for (const UpstreamStats& upstream : stats.upstreams) {
    FillUpstream(upstream, plan, overview->add_upstreams());
  }
  FillWorkers(stats, now, overview->mutable_workers());
  overview->set_event_seq(stats.newest_event);
  overview->set_queued_bytes(stats.live_bytes);
  overview->set_refusing_submits(parts.draining->load() ? "the server is draining"
                                                        : stats.refusing_submits);
}

}  // namespace lull
