#include "server/api/attempt_report.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/rpc/error_details.pb.h"
#include "server/api/canonical_hash.h"
#include "server/api/convert_enum.h"
#include "server/api/duration_check.h"
#include "server/api/proto_time.h"

namespace lull {
namespace {

constexpr size_t kMaxErrorMessageBytes = 1024;
constexpr size_t kMaxNameBytes = 256;
constexpr absl::Duration kMaxRetryAfter = absl::Hours(24);

// Cut so that no UTF-8 character is left half.
std::string Cut(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

uint64_t ContentHash(const v1::AttemptResult& result) {
  v1::AttemptResult narrow;
  narrow.set_outcome(result.outcome());
  narrow.set_billed(result.billed());
  narrow.set_http_status(result.http_status());
  narrow.mutable_response()->set_finish_reason(result.response().finish_reason());
  narrow.mutable_response()->set_model(result.response().model());
  *narrow.mutable_response()->mutable_headers() = result.response().headers();
  *narrow.mutable_usage() = result.usage();
  *narrow.mutable_error() = result.error();
  return Hash64({"report", SerializeCanonically(narrow), result.response().body()});
}

absl::Status CheckOutcome(const v1::AttemptResult& result, const AttemptReport& report,
                          int64_t max_response_body_bytes) {
  const bool servers_own = report.outcome == Outcome::kNone ||
                           report.outcome == Outcome::kUnknown ||
                           report.outcome == Outcome::kReleased;
  if (servers_own) {
    return absl::InvalidArgumentError(
        absl::StrCat("outcome is ", v1::Outcome_Name(result.outcome()),
                     "; how the call ended is required, not that it is unknown or was released"));
  }
  const int64_t size = static_cast<int64_t>(result.response().body().size());
  if (report.outcome == Outcome::kSucceeded && size == 0) {
    return absl::InvalidArgumentError(
        "response.body is empty; OUTCOME_SUCCEEDED comes with an answer");
  }
  if (size > max_response_body_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("response.body has ", size, " bytes; at most ",
                                                   max_response_body_bytes, " are allowed"));
  }
  return absl::OkStatus();
}

std::string HeaderOf(const v1::AttemptResponse& response, const char* name) {
  const auto it = response.headers().find(name);
  return it == response.headers().end() ? "" : Cut(it->second, kMaxNameBytes);
}

void TakeResponse(const v1::AttemptResponse& response, AttemptReport* report) {
  if (report->outcome == Outcome::kSucceeded) {
    report->response = std::make_shared<const std::string>(response.body());
  }
  report->content_type = HeaderOf(response, "content-type");
  report->upstream_request_id = HeaderOf(response, "x-request-id");
  if (report->upstream_request_id.empty()) {
    report->upstream_request_id = HeaderOf(response, "request-id");
  }
  report->finish_reason = Cut(response.finish_reason(), kMaxNameBytes);
  report->response_model = Cut(response.model(), kMaxNameBytes);
}

JobError TakeError(const google::rpc::Status& error) {
  JobError result;
  result.code = error.code() >= 0 && error.code() <= 16
                    ? error.code()
                    : static_cast<int32_t>(absl::StatusCode::kUnknown);
  result.message = Cut(error.message(), kMaxErrorMessageBytes);
  google::rpc::ErrorInfo info;
  for (const google::protobuf::Any& detail : error.details()) {
    if (detail.UnpackTo(&info)) result.reason = Cut(info.reason(), kMaxNameBytes);
  }
  return result;
}

absl::Status TakeUsage(const v1::Usage& usage, Usage* result) {
  *result = {usage.prompt_tokens(), usage.cached_prompt_tokens(), usage.completion_tokens(),
             usage.reasoning_tokens()};
  const int64_t least =
      std::min({result->prompt, result->cached_prompt, result->completion, result->reasoning});
  if (least < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("usage has a count of ", least, " tokens; from 0 on is allowed"));
  }
  return absl::OkStatus();
}

absl::Status TakeHints(const v1::AttemptResult& result, AttemptReport* report) {
  if (result.has_retry_after()) {
    if (const auto wrong = CheckNotNegative(result.retry_after())) {
      return absl::InvalidArgumentError(absl::StrCat("retry_after ", *wrong));
    }
    report->retry_after = std::min(*FromProtoDuration(result.retry_after()), kMaxRetryAfter);
  }
  if (result.has_should_retry()) report->should_retry = result.should_retry();
  if (result.has_learned_concurrency_cap()) {
    if (result.learned_concurrency_cap() < 1) {
      return absl::InvalidArgumentError(absl::StrCat("learned_concurrency_cap is ",
                                                     result.learned_concurrency_cap(),
                                                     "; from 1 on is allowed"));
    }
    report->concurrency_cap = result.learned_concurrency_cap();
  }
  if (const auto wrong = CheckNotNegative(result.time_to_first_content())) {
    return absl::InvalidArgumentError(absl::StrCat("time_to_first_content ", *wrong));
  }
  report->time_to_first_content = *FromProtoDuration(result.time_to_first_content());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AttemptReport> ToAttemptReport(const v1::AttemptResult& result,
                                              int64_t max_response_body_bytes) {
  AttemptReport report;
  const std::optional<LeaseToken> token = LeaseToken::Parse(result.lease_token());
  if (!token) return absl::NotFoundError("lease_token is not one of this server");
  report.token = *token;
  const std::optional<Outcome> outcome = FromProto(result.outcome());
  const std::optional<Billed> billed = FromProto(result.billed());
  if (!outcome || !billed) {
    return absl::InvalidArgumentError(absl::StrCat(
        outcome ? "billed" : "outcome", " is ",
        outcome ? static_cast<int>(result.billed()) : static_cast<int>(result.outcome()),
        ", which is not a value that this version of the server knows"));
  }
  report.outcome = *outcome;
  report.billed = *billed;
  LULL_RETURN_IF_ERROR(CheckOutcome(result, report, max_response_body_bytes));
  report.http_status = result.http_status();
  TakeResponse(result.response(), &report);
  LULL_RETURN_IF_ERROR(TakeUsage(result.usage(), &report.usage));
  if (result.has_error()) report.error = TakeError(result.error());
  LULL_RETURN_IF_ERROR(TakeHints(result, &report));
  report.hash = ContentHash(result);
  return report;
}

}  // namespace lull
