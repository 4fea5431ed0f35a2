#include "server/admin_service.h"

#include <utility>

#include "base/build_info.h"
#include "server/proto_time.h"
#include "server/unary_call.h"

namespace lull {
namespace {

void AddTo(const ClassStats& stats, v1::JobCounts* counts) {
  const int64_t running = stats.running + stats.cancelling;
  counts->set_total(counts->total() + stats.pending + running);
  counts->set_pending(counts->pending() + stats.pending);
  counts->set_running(counts->running() + running);
}

void FillClass(const ClassStats& stats, const Plan& plan, v1::ClassStatus* proto) {
  proto->set_name(stats.name);
  AddTo(stats, proto->mutable_counts());
  proto->set_in_flight(stats.running + stats.cancelling);
  if (const auto index = plan.FindClass(stats.name)) {
    proto->set_priority(plan.classes[*index].priority);
  }
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

void FillUpstream(const UpstreamStats& stats, const Plan& plan, v1::UpstreamStatus* proto) {
  proto->set_name(stats.name);
  proto->set_state(stats.parked    ? v1::UPSTREAM_STATE_PARKED
                   : stats.ejected ? v1::UPSTREAM_STATE_EJECTED
                                   : v1::UPSTREAM_STATE_HEALTHY);
  proto->set_state_detail(stats.detail);
  proto->set_in_flight(stats.in_flight);
  v1::LearnedLimit& limit = *proto->add_learned_limits();
  limit.set_concurrency(stats.learned_limit);
  limit.set_in_flight(stats.in_flight);
  if (const auto index = plan.FindUpstream(stats.name)) {
    const Upstream& upstream = plan.upstreams[*index];
    proto->set_account(plan.accounts[upstream.account].name);
    proto->set_kind(ToProto(upstream.kind));
    limit.set_account(proto->account());
  }
}

}  // namespace

AdminService::AdminService(const ServiceParts* parts)
    : parts_(*parts),
      methods_(v1::Overview::descriptor()->file()->FindServiceByName("AdminService")) {}

template <typename Reply, typename Fill>
AdminService::Unary* AdminService::ServeStats(Context* context, const char* method, Reply* reply,
                                              Fill fill) {
  return ServeUnary(
      context, methods_.Get(method), *parts_.clock, *parts_.observer, reply, [&](auto call) {
        return parts_.loop->Post(
            Call<StatsRequest, StatsReply>{{}, OrFail(call, [call, fill](const StatsReply& stats) {
                                             call->Answer([&](Reply* out) { fill(stats, out); });
                                           })});
      });
}

AdminService::Unary* AdminService::GetOverview(Context* context, const v1::GetOverviewRequest*,
                                               v1::Overview* reply) {
  return ServeStats(
      context, "GetOverview", reply,
      [this](const StatsReply& stats, v1::Overview* overview) { FillOverview(stats, overview); });
}

AdminService::Unary* AdminService::ListWorkers(Context* context, const v1::ListWorkersRequest*,
                                               v1::ListWorkersResponse* reply) {
  return ServeStats(context, "ListWorkers", reply,
                    [this](const StatsReply& stats, v1::ListWorkersResponse* response) {
                      FillWorkers(stats, response->mutable_workers());
                    });
}

void AdminService::FillOverview(const StatsReply& stats, v1::Overview* overview) const {
  *overview->mutable_time() = ToTimestamp(parts_.clock->WallNow());
  overview->set_version(kVersion);
  *overview->mutable_server_start_time() = ToTimestamp(parts_.start_time);
  for (const ClassStats& of_class : stats.classes) {
    AddTo(of_class, overview->mutable_counts());
    FillClass(of_class, *parts_.rules.plan, overview->add_classes());
  }
  for (const UpstreamStats& upstream : stats.upstreams) {
    FillUpstream(upstream, *parts_.rules.plan, overview->add_upstreams());
  }
  FillWorkers(stats, overview->mutable_workers());
  overview->set_queued_bytes(stats.live_bytes);
  if (parts_.draining->load()) overview->set_refusing_submits("the server is draining");
}

void AdminService::FillWorkers(
    const StatsReply& stats, google::protobuf::RepeatedPtrField<v1::WorkerStatus>* workers) const {
  const absl::Time now = parts_.clock->WallNow();
  for (const WorkerStats& worker : stats.workers) {
    v1::WorkerStatus& proto = *workers->Add();
    proto.set_worker_id(worker.id);
    proto.set_leases(worker.leases);
    *proto.mutable_last_seen_time() = ToTimestamp(now - worker.since_seen);
  }
}

}  // namespace lull
