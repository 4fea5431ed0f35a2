// DeleteJob and PurgeJobs: jobs that have ended, away from the store.
#ifndef LULL_SERVER_SERVICES_DELETE_JOBS_H_
#define LULL_SERVER_SERVICES_DELETE_JOBS_H_

#include <memory>

#include "absl/status/status.h"
#include "google/protobuf/empty.pb.h"
#include "proto/job_service.pb.h"
#include "server/rpc/unary_call.h"
#include "server/services/service_parts.h"

namespace lull {

// As handlers of ServeUnary.
absl::Status DeleteJob(const ServiceParts& parts,
                       std::shared_ptr<UnaryCall<google::protobuf::Empty>> call,
                       const v1::DeleteJobRequest& request);
absl::Status PurgeJobs(const ServiceParts& parts,
                       std::shared_ptr<UnaryCall<v1::PurgeJobsResponse>> call,
                       const v1::PurgeJobsRequest& request);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_DELETE_JOBS_H_
