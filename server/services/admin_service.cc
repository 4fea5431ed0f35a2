#include "server/services/admin_service.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/field_check.h"
#include "server/api/proto_time.h"
#include "server/api/violations.h"
#include "server/rpc/unary_call.h"
#include "server/services/backup_stream.h"
#include "server/services/get_usage.h"
#include "server/services/overview.h"

namespace lull {
namespace {

constexpr size_t kMaxReasonBytes = 256;
constexpr int32_t kDefaultLanes = 100;
constexpr int32_t kMaxLanes = 1000;

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
absl::Status AdminService::AnswerStats(std::shared_ptr<UnaryCall<Reply>> call, Fill fill,
                                       int32_t max_lanes) {
  return parts_.loop->Post(Call<StatsRequest, StatsReply>{
      {max_lanes}, OrFail(call, [call, fill](const StatsReply& stats) {
        call->Answer([&](Reply* reply) { fill(stats, reply); });
      })});
}

AdminService::Unary* AdminService::GetOverview(Context* context,
                                               const v1::GetOverviewRequest* request,
                                               v1::Overview* reply) {
  return Serve(context, "GetOverview", reply, [this, request](auto call) -> absl::Status {
    Violations violations;
    violations.AddIf("max_lanes", CheckRange(request->max_lanes(), 0, kMaxLanes));
    LULL_RETURN_IF_ERROR(violations.ToStatus());
    const auto fill = [this](const StatsReply& stats, v1::Overview* overview) {
      FillOverview(stats, parts_, overview);
    };
    return AnswerStats(call, fill,
                       request->max_lanes() == 0 ? kDefaultLanes : request->max_lanes());
  });
}

AdminService::Unary* AdminService::ListWorkers(Context* context, const v1::ListWorkersRequest*,
                                               v1::ListWorkersResponse* reply) {
  return Serve(context, "ListWorkers", reply, [this](auto call) {
    return AnswerStats(call, [this](const StatsReply& stats, v1::ListWorkersResponse* response) {
      FillWorkers(stats, parts_.clock->WallNow(), response->mutable_workers());
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
    const std::string& worker = request->worker_id();
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

}  // namespace lull
