// What a WatchJobs call asks for, checked for form.
#ifndef LULL_SERVER_SERVICES_WATCH_REQUEST_H_
#define LULL_SERVER_SERVICES_WATCH_REQUEST_H_

#include "absl/status/statusor.h"
#include "proto/job_service.pb.h"
#include "server/engine/caller.h"
#include "server/watch/watch_order.h"

namespace lull {

inline constexpr int kMaxWatchedIds = 1000;

// INVALID_ARGUMENT with everything that is wrong.
absl::StatusOr<WatchOrder> ToWatchOrder(const v1::WatchJobsRequest& request, const Caller& caller);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_WATCH_REQUEST_H_
