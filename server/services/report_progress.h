// The way of partial output from workers to those who watch it. Nothing of it is kept.
#ifndef LULL_SERVER_SERVICES_REPORT_PROGRESS_H_
#define LULL_SERVER_SERVICES_REPORT_PROGRESS_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/worker_service.pb.h"
#include "server/api/violations.h"
#include "server/engine/command.h"
#include "server/services/service_parts.h"

namespace lull {

v1::LeaseStatus ToLeaseStatus(LeaseStanding standing);

// The number of pieces, their sizes and offsets.
void CheckProgress(const v1::ReportProgressRequest& request, Violations* violations);

using ProgressDone = absl::AnyInvocable<void(absl::StatusOr<v1::ReportProgressResponse>)>;

// Asks the engine about the leases and hands on what comes from those that are held. OK: `done`
// will be called, on a thread of the pool. An error means that nothing was handed on.
absl::Status ReportProgress(const ServiceParts& parts, const Caller& caller,
                            const v1::ReportProgressRequest& request, ProgressDone done);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_REPORT_PROGRESS_H_
