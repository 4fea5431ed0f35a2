// CancelJob and CancelJobs.
#ifndef LULL_SERVER_SERVICES_CANCEL_JOBS_H_
#define LULL_SERVER_SERVICES_CANCEL_JOBS_H_

#include <memory>

#include "absl/status/status.h"
#include "proto/job_service.pb.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

// As handlers of ServeUnary.
absl::Status CancelJob(const ServiceParts& parts, std::shared_ptr<UnaryCall<v1::Job>> call,
                       const v1::CancelJobRequest& request);
absl::Status CancelJobs(const ServiceParts& parts,
                        std::shared_ptr<UnaryCall<v1::CancelJobsResponse>> call,
                        const v1::CancelJobsRequest& request);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_CANCEL_JOBS_H_
