// ListJobs: a tenant's jobs, newest first, as they are now.
#ifndef LULL_SERVER_SERVICES_LIST_JOBS_H_
#define LULL_SERVER_SERVICES_LIST_JOBS_H_

#include <memory>

#include "absl/status/status.h"
#include "proto/job_service.pb.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

// As handlers of ServeUnary.
absl::Status ListJobs(const ServiceParts& parts,
                      std::shared_ptr<UnaryCall<v1::ListJobsResponse>> call,
                      const v1::ListJobsRequest& request);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_LIST_JOBS_H_
