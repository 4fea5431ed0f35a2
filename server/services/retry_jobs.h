// RetryJob and RetryJobs: new jobs that are equal to old ones.
//
// A retry has the request, the tags and the settings of the old job, the class and the priority it
// had in the end, and the labels it was created with, so that whoever watches those sees the retry
// too. It may start at once and has as much time as the old one had.
//
// Whether a job was retried already is known by a key of its own among the request ids, and for as
// long as those are kept.
#ifndef LULL_SERVER_SERVICES_RETRY_JOBS_H_
#define LULL_SERVER_SERVICES_RETRY_JOBS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/job_service.pb.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

// As handlers of ServeUnary.
absl::Status RetryJob(const ServiceParts& parts, std::shared_ptr<UnaryCall<v1::Job>> call,
                      const v1::RetryJobRequest& request);
absl::Status RetryJobs(const ServiceParts& parts,
                       std::shared_ptr<UnaryCall<v1::RetryJobsResponse>> call,
                       const v1::RetryJobsRequest& request);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_RETRY_JOBS_H_
