// GetJob, BatchGetJobs and WaitJob: jobs by their ids.
#ifndef LULL_SERVER_SERVICES_GET_JOBS_H_
#define LULL_SERVER_SERVICES_GET_JOBS_H_

#include <memory>

#include "absl/status/status.h"
#include "proto/job_service.pb.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

// As handlers of ServeUnary.
absl::Status GetJob(const ServiceParts& parts, std::shared_ptr<UnaryCall<v1::Job>> call,
                    const v1::GetJobRequest& request);
absl::Status BatchGetJobs(const ServiceParts& parts,
                          std::shared_ptr<UnaryCall<v1::BatchGetJobsResponse>> call,
                          const v1::BatchGetJobsRequest& request);
absl::Status WaitJob(const ServiceParts& parts, std::shared_ptr<UnaryCall<v1::Job>> call,
                     const v1::WaitJobRequest& request);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_GET_JOBS_H_
