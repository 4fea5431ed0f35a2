// The google.rpc error details of a status: kept as payloads of the absl::Status, sent as the
// details of a google.rpc.Status.
#ifndef LULL_SERVER_API_ERROR_DETAILS_H_
#define LULL_SERVER_API_ERROR_DETAILS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"

namespace lull {

// Replaces a detail of the same type.
void AddDetail(const google::protobuf::Message& detail, absl::Status* status);
void AddRetryInfo(absl::Duration delay, absl::Status* status);

// The status with all its details. One that is not OK always gets an ErrorInfo: with the reason in
// the payload kReasonPayload, or else with the name of its code; RESOURCE_EXHAUSTED always gets a
// RetryInfo. Codes that are none of the 17 become UNKNOWN.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace lull

#endif  // LULL_SERVER_API_ERROR_DETAILS_H_
