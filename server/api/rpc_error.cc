#include "server/api/rpc_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/api/error_details.h"
#include "server/api/quoted.h"

namespace lull {

absl::Status RpcError(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                      const ErrorMetadata& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  absl::Status status(code, message);
  AddDetail(info, &status);
  return status;
}

absl::Status OverloadedError(absl::string_view reason, absl::string_view message,
                             absl::Duration retry_after) {
  absl::Status status = RpcError(absl::StatusCode::kResourceExhausted, reason, message);
  AddRetryInfo(retry_after, &status);
  return status;
}

absl::Status UnreadableMessageError(absl::string_view type) {
  return RpcError(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST",
                  absl::StrCat("the request's bytes are no ", type,
                               " message: they are cut off, or of another type, or a text field is "
                               "not UTF-8, which is required"));
}

absl::Status JobNotFoundError(absl::string_view job_id) {
  return RpcError(absl::StatusCode::kNotFound, "JOB_NOT_FOUND",
                  absl::StrCat("there is no job ", Quoted(job_id)));
}

}  // namespace lull
