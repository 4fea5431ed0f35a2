// UpdateJob: new values for a job that has not started.
#ifndef LULL_SERVER_SERVICES_UPDATE_JOB_H_
#define LULL_SERVER_SERVICES_UPDATE_JOB_H_

#include <memory>

#include "absl/status/status.h"
#include "proto/job_service.pb.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

// As handlers of ServeUnary.
absl::Status UpdateJob(const ServiceParts& parts, std::shared_ptr<UnaryCall<v1::Job>> call,
                       const v1::UpdateJobRequest& request);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_UPDATE_JOB_H_
