#include "worker/call_plan.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/url/upstream_url.h"
#include "worker/proto_duration.h"
#include "worker/request_body.h"

namespace lull {
namespace {

constexpr int64_t kResponseBytesDefault = 16 << 20;

// The server sets every limit; one that is missing is the documented default, never "for ever".
absl::Duration LimitOr(bool is_set, const google::protobuf::Duration& limit,
                       absl::Duration otherwise) {
  if (!is_set) return otherwise;
  return std::max(FromProto(limit), absl::ZeroDuration());
}

HttpTimeLimits LimitsOf(const v1::TimeLimits& from) {
  HttpTimeLimits limits;
  limits.connect = LimitOr(from.has_connect(), from.connect(), absl::Seconds(10));
  limits.first_content = LimitOr(from.has_first_content(), from.first_content(), absl::Minutes(10));
  limits.between_content =
      LimitOr(from.has_between_content(), from.between_content(), absl::Minutes(2));
  limits.total = LimitOr(from.has_total(), from.total(), absl::Minutes(30));
  return limits;
}

absl::StatusOr<UpstreamUrl> AllowedUpstream(const v1::LeasedUpstream& upstream,
                                            const CallRules& rules) {
  absl::StatusOr<UpstreamUrl> url = ParseUpstreamUrl(upstream.base_url());
  if (!url.ok()) return absl::FailedPreconditionError(url.status().message());
  if (!url->tls && !url->loopback && !rules.plain_origins.contains(url->origin)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "this worker does not call ", url->origin,
        " without TLS; allowed are https, loopback addresses and the origins in allow_plain_http"));
  }
  return url;
}

}  // namespace

absl::StatusOr<HttpCall> PlanCall(const v1::LeasedJob& job, const CallRules& rules) {
  if (job.request().method() != "POST") {
    return absl::InvalidArgumentError(
        absl::StrCat("the method is \"", job.request().method(), "\"; allowed is POST"));
  }
  HttpCall call;
  LULL_ASSIGN_OR_RETURN(const UpstreamUrl upstream, AllowedUpstream(job.upstream(), rules));
  LULL_ASSIGN_OR_RETURN(call.url, JoinUpstreamUrl(upstream, job.request().path()));
  LULL_ASSIGN_OR_RETURN(call.bearer,
                        rules.credentials.KeyFor(job.upstream().credential(), upstream.origin));
  RequestBodyEdits edits;
  edits.model = job.upstream().model();
  // The answer is reported whole in any case, and as the one that the call without `stream` has.
  const bool stream = job.stream() && absl::EndsWith(job.request().path(), "/completions");
  edits.answer = stream ? RequestBodyEdits::Answer::kStreamed : RequestBodyEdits::Answer::kPlain;
  LULL_ASSIGN_OR_RETURN(call.body, EditRequestBody(job.request().body(), edits));
  call.headers.Add("Content-Type", "application/json");
  call.headers.Add("Accept", stream ? "text/event-stream" : "application/json");
  for (const auto& [name, value] : job.upstream().headers()) call.headers.Set(name, value);
  if (!job.request_id_header().empty()) call.headers.Set("X-Request-Id", job.request_id_header());
  call.time_limits = LimitsOf(job.time_limits());
  call.response_bytes_max =
      job.max_response_bytes() > 0 ? job.max_response_bytes() : kResponseBytesDefault;
  call.plain_http_allowed = !upstream.tls;
  call.direct = upstream.loopback;
  return call;
}

v1::Outcome OutcomeOfRefusedPlan(const absl::Status& status) {
  return absl::IsInvalidArgument(status) ? v1::OUTCOME_INVALID_REQUEST : v1::OUTCOME_UNAUTHORIZED;
}

}  // namespace lull
