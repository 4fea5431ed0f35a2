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

std::string ErrorText(const absl::Status& status) {
  const ErrorDetails details = ErrorDetailsOf(status);
  std::string text(status.message());
  if (text.empty()) text = absl::StatusCodeToString(status.code());
  for (const Violation& violation : details.violations) {
    absl::StrAppend(&text, "\n  ", violation.field, ": ", violation.description);
  }
  if (!details.reason.empty()) absl::StrAppend(&text, "\n  (", details.reason, ")");
  if (details.retry_delay.has_value()) {
    absl::StrAppend(&text, "\n  Try again in ", absl::FormatDuration(*details.retry_delay), ".");
  }
  return Printable(text, LineBreaks::kKeep);
}

}  // namespace lull
