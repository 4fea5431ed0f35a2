// Errors as the API gives them: an absl::Status that carries google.rpc error details as payloads.
//
// Every error that leaves the server has an ErrorInfo with a reason for programs. The engine, which
// knows no protos, puts only the reason's name into a payload (engine_status.h); error_details
// makes the ErrorInfo of it.
#ifndef LULL_SERVER_API_RPC_ERROR_H_
#define LULL_SERVER_API_RPC_ERROR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lull {

// The domain of every ErrorInfo.
inline constexpr absl::string_view kErrorDomain = "lull";

using ErrorMetadata = std::vector<std::pair<std::string, std::string>>;

// An error with an ErrorInfo. `reason` is UPPER_SNAKE_CASE.
absl::Status RpcError(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                      const ErrorMetadata& metadata = {});

// RESOURCE_EXHAUSTED with a RetryInfo.
absl::Status OverloadedError(absl::string_view reason, absl::string_view message,
                             absl::Duration retry_after);

// INVALID_ARGUMENT for bytes that are no message of that type, e.g. "lull.v1.CreateJobRequest".
absl::Status UnreadableMessageError(absl::string_view type);

// The same for a job that does not exist and for one of another tenant.
absl::Status JobNotFoundError(absl::string_view job_id);

}  // namespace lull

#endif  // LULL_SERVER_API_RPC_ERROR_H_
