#include "server/services/worker_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/duration_check.h"
#include "server/api/field_check.h"
#include "server/api/proto_time.h"
#include "server/api/violations.h"
#include "server/rpc/unary_call.h"
#include "server/services/finish_attempts.h"
#include "server/services/leased_jobs.h"
#include "server/services/report_progress.h"

namespace lull {
namespace {

constexpr int kMaxLeases = 1000;
constexpr int kMaxTokens = 10'000;
constexpr int kMaxResults = 1000;
constexpr int kMaxCredentials = 256;
constexpr int kMaxWorkerTags = 16;
constexpr int kMaxVersionSize = 63;
constexpr int64_t kMaxCalls = 1'000'000;
constexpr int64_t kDefaultLeaseBytes = int64_t{8} << 20;

using Texts = google::protobuf::RepeatedPtrField<std::string>;

void Check(absl::string_view field, const std::optional<std::string>& wrong,
           Violations* violations) {
  if (wrong) violations->Add(field, *wrong);
}

void CheckCount(absl::string_view field, int count, int max, Violations* violations) {
  if (count <= max) return;
  violations->Add(field, absl::StrCat("has ", count, " entries; at most ", max, " are allowed"));
}

std::vector<std::string> Sorted(const Texts& texts) {
  std::vector<std::string> result(texts.begin(), texts.end());
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

absl::StatusOr<LeaseRequest> ToLeaseRequest(const v1::LeaseJobsRequest& request) {
  Violations violations;
  LeaseRequest lease;
  Check("worker_id", CheckWorkerId(request.worker_id()), &violations);
  lease.worker = request.worker_id();
  Check("max_jobs", CheckRange(request.max_jobs(), 1, kMaxLeases), &violations);
  lease.max_jobs = request.max_jobs();
  Check("max_bytes", CheckRange(request.max_bytes(), 0, kMaxReplyBytes), &violations);
  lease.max_bytes = request.max_bytes() == 0 ? kDefaultLeaseBytes : request.max_bytes();
  Check("wait", CheckNotNegative(request.wait()), &violations);
  lease.wait = std::min(FromProtoDuration(request.wait()).value_or(kMaxLongPoll), kMaxLongPoll);
  CheckCount("credentials", request.credentials_size(), kMaxCredentials, &violations);
  for (int i = 0; i < request.credentials_size(); ++i) {
    Check(absl::StrCat("credentials[", i, "]"),
          CheckName(request.credentials(i), 63, "-_.", /*may_be_empty=*/false), &violations);
  }
  lease.credentials = Sorted(request.credentials());
  CheckCount("tags", request.tags_size(), kMaxWorkerTags, &violations);
  for (int i = 0; i < request.tags_size(); ++i) {
    Check(absl::StrCat("tags[", i, "]"), CheckTag(request.tags(i)), &violations);
  }
  lease.tags = Sorted(request.tags());
  Check("version", CheckName(request.version(), kMaxVersionSize, "-_.+", /*may_be_empty=*/true),
        &violations);
  lease.version = request.version();
  Check("capacity", CheckRange(request.capacity(), 0, kMaxCalls), &violations);
  lease.capacity = request.capacity();
  LULL_RETURN_IF_ERROR(violations.ToStatus());
  return lease;
}

void CheckTokensRequest(const std::string& worker_id, const Texts& tokens, Violations* violations) {
  Check("worker_id", CheckWorkerId(worker_id), violations);
  CheckCount("lease_tokens", tokens.size(), kMaxTokens, violations);
}

// Tokens that are ours by their form, and where they stand among those asked about. The others are
// lost in any case.
struct Tokens {
  std::vector<LeaseToken> tokens;
  std::vector<int> places;
};
Tokens ParseTokens(const Texts& texts) {
  Tokens result;
  for (int i = 0; i < texts.size(); ++i) {
    const std::optional<LeaseToken> token = LeaseToken::Parse(texts[i]);
    if (!token) continue;
    result.tokens.push_back(*token);
    result.places.push_back(i);
  }
  return result;
}

}  // namespace

WorkerService::WorkerService(const ServiceParts* parts)
    : parts_(*parts),
      methods_(v1::LeasedJob::descriptor()->file()->FindServiceByName("WorkerService")) {}

template <typename Reply, typename Handler>
WorkerService::Unary* WorkerService::Serve(Context* context, const char* method, Reply* reply,
                                           Handler handler) {
  return ServeUnary(context, methods_.Get(method), *parts_.clock, *parts_.observer, reply,
                    std::move(handler));
}

WorkerService::Unary* WorkerService::LeaseJobs(Context* context,
                                               const v1::LeaseJobsRequest* request,
                                               v1::LeaseJobsResponse* reply) {
  return Serve(context, "LeaseJobs", reply, [this, request](auto call) -> absl::Status {
    LULL_ASSIGN_OR_RETURN(LeaseRequest lease, ToLeaseRequest(*request));
    lease.caller = call->caller();
    lease.withdrawn = call->ended();
    lease.peer = call->Peer();
    const std::string worker = lease.worker;
    return parts_.loop->Post(Call<LeaseRequest, LeaseReply>{
        std::move(lease), OrFail(call, [this, call, worker](LeaseReply granted) {
          parts_.pool->Run([this, call, worker, granted = std::move(granted)](PoolReader& reader) {
            LeasedJobs leased(parts_, call->caller(), worker);
            if (call->has_ended()) return leased.ReleaseAll(granted);
            v1::LeaseJobsResponse response = leased.Read(granted, reader);
            const bool delivered =
                call->Answer([&response](v1::LeaseJobsResponse* reply) { reply->Swap(&response); });
            if (!delivered) leased.ReleaseAll(granted);
          });
        })});
  });
}

WorkerService::Unary* WorkerService::RenewLeases(Context* context,
                                                 const v1::RenewLeasesRequest* request,
                                                 v1::RenewLeasesResponse* reply) {
  return Serve(context, "RenewLeases", reply, [this, request](auto call) -> absl::Status {
    Violations violations;
    CheckTokensRequest(request->worker_id(), request->lease_tokens(), &violations);
    Check("in_flight", CheckRange(request->in_flight(), 0, kMaxCalls), &violations);
    Check("capacity", CheckRange(request->capacity(), 0, kMaxCalls), &violations);
    LULL_RETURN_IF_ERROR(violations.ToStatus());
    Tokens tokens = ParseTokens(request->lease_tokens());
    const auto answer = [call, places = std::move(tokens.places),
                         count = request->lease_tokens_size()](const RenewReply& renewed) {
      call->Answer([&](v1::RenewLeasesResponse* reply) {
        reply->mutable_statuses()->Resize(count, v1::LEASE_STATUS_LOST);
        for (size_t i = 0; i < places.size(); ++i) {
          reply->set_statuses(places[i], ToLeaseStatus(renewed.standings[i]));
        }
        *reply->mutable_lease_duration() = ToProtoDuration(renewed.lease_duration);
        reply->set_drain(renewed.drain);
      });
    };
    return parts_.loop->Post(Call<RenewRequest, RenewReply>{
        {call->caller(), request->worker_id(), std::move(tokens.tokens), request->in_flight(),
         request->capacity(), call->Peer()},
        OrFail(call, answer)});
  });
}

WorkerService::Unary* WorkerService::FinishAttempts(Context* context,
                                                    const v1::FinishAttemptsRequest* request,
                                                    v1::FinishAttemptsResponse* reply) {
  return Serve(context, "FinishAttempts", reply, [this, request](auto call) -> absl::Status {
    Violations violations;
    Check("worker_id", CheckWorkerId(request->worker_id()), &violations);
    CheckCount("results", request->results_size(), kMaxResults, &violations);
    LULL_RETURN_IF_ERROR(violations.ToStatus());
    return lull::FinishAttempts(
        parts_, call->caller(), *request, OrFail(call, [call](v1::FinishAttemptsResponse response) {
          call->Answer([&response](v1::FinishAttemptsResponse* reply) { reply->Swap(&response); });
        }));
  });
}

WorkerService::Unary* WorkerService::ReleaseLeases(Context* context,
                                                   const v1::ReleaseLeasesRequest* request,
                                                   v1::ReleaseLeasesResponse* reply) {
  return Serve(context, "ReleaseLeases", reply, [this, request](auto call) -> absl::Status {
    Violations violations;
    CheckTokensRequest(request->worker_id(), request->lease_tokens(), &violations);
    LULL_RETURN_IF_ERROR(violations.ToStatus());
    Tokens tokens = ParseTokens(request->lease_tokens());
    const auto answer = [call, places = std::move(tokens.places),
                         count = request->lease_tokens_size()](const ReleaseReply& released) {
      call->Answer([&](v1::ReleaseLeasesResponse* reply) {
        for (int i = 0; i < count; ++i) reply->add_results()->set_status(v1::REPORT_STATUS_STALE);
        for (size_t i = 0; i < places.size(); ++i) {
          if (released.standings[i] == LeaseStanding::kLost) continue;
          reply->mutable_results(places[i])->set_status(v1::REPORT_STATUS_ACCEPTED);
        }
      });
    };
    return parts_.loop->Post(Call<ReleaseRequest, ReleaseReply>{
        {call->caller(), request->worker_id(), std::move(tokens.tokens)}, OrFail(call, answer)});
  });
}

WorkerService::Unary* WorkerService::ReportProgress(Context* context,
                                                    const v1::ReportProgressRequest* request,
                                                    v1::ReportProgressResponse* reply) {
  return Serve(context, "ReportProgress", reply, [this, request](auto call) -> absl::Status {
    Violations violations;
    Check("worker_id", CheckWorkerId(request->worker_id()), &violations);
    CheckProgress(*request, &violations);
    LULL_RETURN_IF_ERROR(violations.ToStatus());
    return lull::ReportProgress(
        parts_, call->caller(), *request, OrFail(call, [call](v1::ReportProgressResponse response) {
          call->Answer([&response](v1::ReportProgressResponse* reply) { reply->Swap(&response); });
        }));
  });
}

}  // namespace lull
