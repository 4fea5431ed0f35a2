// A worker's report about one attempt, checked and converted.
#ifndef LULL_SERVER_API_ATTEMPT_REPORT_H_
#define LULL_SERVER_API_ATTEMPT_REPORT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "proto/worker_service.pb.h"
#include "server/engine/command.h"

namespace lull {

// Its hash is over everything but the token, so a report that is sent again has the same one.
// NOT_FOUND: the token is none of ours, so its lease cannot be held. INVALID_ARGUMENT: the report
// is wrong, and the message says how.
absl::StatusOr<AttemptReport> ToAttemptReport(const v1::AttemptResult& result,
                                              int64_t max_response_body_bytes);

}  // namespace lull

#endif  // LULL_SERVER_API_ATTEMPT_REPORT_H_
