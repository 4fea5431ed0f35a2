// The way of workers' reports through the engine, and through the store where the job has ended.
#ifndef LULL_SERVER_SERVICES_FINISH_ATTEMPTS_H_
#define LULL_SERVER_SERVICES_FINISH_ATTEMPTS_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/worker_service.pb.h"
#include "server/engine/command.h"
#include "server/services/service_parts.h"

namespace lull {

using FinishedDone = absl::AnyInvocable<void(absl::StatusOr<v1::FinishAttemptsResponse>)>;

// OK: `done` will be called, after the commit, on a thread of the pool. An error means that nothing
// is known about any of the reports: sending them again is safe.
absl::Status FinishAttempts(const ServiceParts& parts, const Caller& caller,
                            const v1::FinishAttemptsRequest& request, FinishedDone done);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_FINISH_ATTEMPTS_H_
