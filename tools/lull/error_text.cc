#include "tools/lull/error_text.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tools/lull/client.h"
#include "tools/lull/terminal.h"

namespace lull {

ErrorDetails ErrorDetailsOf(const absl::Status& status) {
  ErrorDetails details;
  google::rpc::Status rich;
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorDetailsPayload);
  if (!payload.has_value() || !rich.ParseFromString(std::string(*payload))) return details;
  for (const google::protobuf::Any& any : rich.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      details.reason = info.reason();
    } else if (any.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        details.violations.push_back({violation.field(), violation.description()});
      }
    } else if (any.UnpackTo(&retry)) {
      details.retry_delay = absl::Seconds(retry.retry_delay().seconds()) +
                            absl::Nanoseconds(retry.retry_delay().nanos());
    }
  }
  return details;
}

std::string AdviceOnError(const absl::Status& status) {
  struct Advice {
    const char* reason;
    const char* text;
  };
  static constexpr Advice kAdvice[] = {
      {"JOB_NOT_FOUND", "lull list shows the jobs that are there."},
      {"UNKNOWN_CLASS", "lull classes shows the classes."},
      {"UNKNOWN_WORKER", "lull workers shows the workers."},
      {"EVENTS_GONE", "Without --resume-after it begins with how the jobs are now."},
      {"EVENT_NOT_REACHED", "Without --resume-after it begins with how the jobs are now."},
  };
  const std::string reason = ErrorDetailsOf(status).reason;
  for (const Advice& advice : kAdvice) {
    if (reason == advice.reason) return advice.text;
  }
  const bool from_server = status.GetPayload(kErrorDetailsPayload).has_value();
  if (status.code() == absl::StatusCode::kUnavailable && !from_server) {
    return "Does it run? lull up starts one here; --server or LULL_SERVER names another.";
  }
  return "";
}

std::string ErrorText(const absl::Status& status) {
  const ErrorDetails details = ErrorDetailsOf(status);
  std::string text(status.message());
  if (text.empty()) text = absl::StatusCodeToString(status.code());
  if (!details.reason.empty()) absl::StrAppend(&text, " (", details.reason, ")");
  for (const Violation& violation : details.violations) {
    absl::StrAppend(&text, "\n  ", violation.field, ": ", violation.description);
  }
  if (details.retry_delay.has_value()) {
    absl::StrAppend(&text, "\n  Try again in ", absl::FormatDuration(*details.retry_delay), ".");
  }
  return Printable(text, LineBreaks::kKeep);
}

}  // namespace lull
