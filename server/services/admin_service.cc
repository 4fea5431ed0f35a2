#include "server/services/admin_service.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/build_info.h"
#include "base/status_macros.h"
#include "server/api/proto_time.h"
#include "server/api/violations.h"
#include "server/rpc/unary_call.h"
#include "server/services/backup_stream.h"
#include "server/services/get_usage.h"

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
  proto->set_paused(stats.paused);
  proto->set_pause_reason(stats.pause_reason);
  if (stats.resume_time != absl::InfiniteFuture()) {
    *proto->mutable_resume_time() = ToTimestamp(stats.resume_time);
  }
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

void FillWorker(const WorkerStats& stats, absl::Time now, v1::WorkerStatus* proto) {
  proto->set_worker_id(stats.id);
  proto->set_leases(stats.leases);
  proto->set_draining(stats.draining);
  *proto->mutable_last_seen_time() = ToTimestamp(now - stats.since_seen);
}

constexpr size_t kMaxReasonBytes = 256;

// All that is wrong with it at once.
absl::Status ReadPause(const v1::PauseClassRequest& proto, absl::Time now,
                       PauseClassRequest* request) {
  Violations violations;
  if (proto.reason().size() > kMaxReasonBytes) {
    violations.Add("reason", absl::StrCat("has ", proto.reason().size(), " bytes; at most ",
                                          kMaxReasonBytes, " are allowed"));
  }
  request->class_name = proto.class_name();
  request->reason = proto.reason();
  if (proto.has_resume_time()) {
    const std::optional<absl::Time> resume = FromTimestamp(proto.resume_time());
    if (!resume) {
      violations.Add("resume_time", "is not a time");
    } else if (*resume <= now) {
      violations.Add("resume_time", absl::StrCat(absl::FormatTime(*resume, absl::UTCTimeZone()),
                                                 " is over already; it has to be in the future"));
    } else {
      request->resume_time = *resume;
    }
  }
  return violations.ToStatus();
}

}  // namespace

AdminService::AdminService(const ServiceParts* parts)
    : parts_(*parts),
      methods_(v1::Overview::descriptor()->file()->FindServiceByName("AdminService")) {}

template <typename Reply, typename Handler>
AdminService::Unary* AdminService::Serve(Context* context, const char* method, Reply* reply,
                                         Handler handler) {
  return ServeUnary(context, methods_.Get(method), *parts_.clock, *parts_.observer, reply,
                    std::move(handler));
}

template <typename Reply, typename Fill>
absl::Status AdminService::AnswerStats(std::shared_ptr<UnaryCall<Reply>> call, Fill fill) {
  return parts_.loop->Post(
      Call<StatsRequest, StatsReply>{{}, OrFail(call, [call, fill](const StatsReply& stats) {
                                       call->Answer([&](Reply* reply) { fill(stats, reply); });
                                     })});
}

AdminService::Unary* AdminService::GetOverview(Context* context, const v1::GetOverviewRequest*,
                                               v1::Overview* reply) {
  return Serve(context, "GetOverview", reply, [this](auto call) {
    return AnswerStats(call, [this](const StatsReply& stats, v1::Overview* overview) {
      FillOverview(stats, overview);
    });
  });
}

AdminService::Unary* AdminService::ListWorkers(Context* context, const v1::ListWorkersRequest*,
                                               v1::ListWorkersResponse* reply) {
  return Serve(context, "ListWorkers", reply, [this](auto call) {
    return AnswerStats(call, [this](const StatsReply& stats, v1::ListWorkersResponse* response) {
      FillWorkers(stats, response->mutable_workers());
    });
  });
}

AdminService::Unary* AdminService::PauseClass(Context* context,
                                              const v1::PauseClassRequest* request,
                                              v1::ClassStatus* reply) {
  return Serve(context, "PauseClass", reply, [this, request](auto call) -> absl::Status {
    PauseClassRequest pause;
    LULL_RETURN_IF_ERROR(ReadPause(*request, parts_.clock->WallNow(), &pause));
    pause.caller = call->caller();
    return SetPaused(call, std::move(pause));
  });
}

AdminService::Unary* AdminService::ResumeClass(Context* context,
                                               const v1::ResumeClassRequest* request,
                                               v1::ClassStatus* reply) {
  return Serve(context, "ResumeClass", reply, [this, request](auto call) {
    PauseClassRequest resume;
    resume.caller = call->caller();
    resume.class_name = request->class_name();
    resume.pause = false;
    return SetPaused(call, std::move(resume));
  });
}

absl::Status AdminService::SetPaused(std::shared_ptr<UnaryCall<v1::ClassStatus>> call,
                                     PauseClassRequest request) {
  const auto fill = [this, class_name = request.class_name](const StatsReply& stats,
                                                            v1::ClassStatus* status) {
    for (const ClassStats& of_class : stats.classes) {
      if (of_class.name == class_name) FillClass(of_class, *parts_.rules.plan, status);
    }
  };
  const auto show = [this, call, fill](const PauseClassReply& paused) {
    const absl::Status status = paused.status.ok() ? AnswerStats(call, fill) : paused.status;
    if (!status.ok()) call->Fail(status);
  };
  return parts_.loop->Post(
      Call<PauseClassRequest, PauseClassReply>{std::move(request), OrFail(call, show)});
}

AdminService::Unary* AdminService::DrainWorker(Context* context,
                                               const v1::DrainWorkerRequest* request,
                                               v1::WorkerStatus* reply) {
  return Serve(context, "DrainWorker", reply, [this, request](auto call) {
    const std::string worker = request->worker_id();
    const auto fill = [this, worker](const StatsReply& stats, v1::WorkerStatus* status) {
      for (const WorkerStats& known : stats.workers) {
        if (known.id == worker) FillWorker(known, parts_.clock->WallNow(), status);
      }
    };
    const auto show = [this, call, fill](const DrainWorkerReply& drained) {
      const absl::Status status = drained.status.ok() ? AnswerStats(call, fill) : drained.status;
      if (!status.ok()) call->Fail(status);
    };
    return parts_.loop->Post(
        Call<DrainWorkerRequest, DrainWorkerReply>{{call->caller(), worker}, OrFail(call, show)});
  });
}

AdminService::Unary* AdminService::GetUsage(Context* context, const v1::GetUsageRequest* request,
                                            v1::GetUsageResponse* reply) {
  return Serve(context, "GetUsage", reply, [this, request](auto call) -> absl::Status {
    LULL_ASSIGN_OR_RETURN(UsagePage page, UsagePage::From(*request, parts_.clock->WallNow()));
    return parts_.pool->Read([call, page = std::move(page)](PoolReader& pool) {
      absl::StatusOr<v1::GetUsageResponse> response =
          pool.Do([&page](JobReader& reader) { return page.Read(reader); });
      if (!response.ok()) {
        call->Fail(response.status());
      } else {
        call->Answer([&](v1::GetUsageResponse* reply) { reply->Swap(&*response); });
      }
    });
  });
}

grpc::ServerWriteReactor<v1::BackupProgress>* AdminService::Backup(
    Context* context, const v1::BackupRequest* request) {
  return BackupStream::Serve(context, methods_.Get("Backup"), parts_, *request);
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
  overview->set_event_seq(stats.newest_event);
  overview->set_queued_bytes(stats.live_bytes);
  overview->set_refusing_submits(parts_.draining->load() ? "the server is draining"
                                                         : stats.refusing_submits);
}

void AdminService::FillWorkers(
    const StatsReply& stats, google::protobuf::RepeatedPtrField<v1::WorkerStatus>* workers) const {
  for (const WorkerStats& worker : stats.workers) {
    FillWorker(worker, parts_.clock->WallNow(), workers->Add());
  }
}

}  // namespace lull
