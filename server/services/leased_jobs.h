// Turns grants into what a worker gets: reads the bodies, and gives back what cannot be delivered.
#ifndef LULL_SERVER_SERVICES_LEASED_JOBS_H_
#define LULL_SERVER_SERVICES_LEASED_JOBS_H_

#include <string>
#include <vector>

#include "proto/worker_service.pb.h"
#include "server/engine/command.h"
#include "server/reads/read_pool.h"
#include "server/services/service_parts.h"

namespace lull {

// The leases of one LeaseJobs call. Used by one thread of the pool.
class LeasedJobs {
 public:
  LeasedJobs(const ServiceParts& parts, Caller caller, std::string worker)
      : parts_(parts), caller_(std::move(caller)), worker_(std::move(worker)) {}

  // The jobs whose bodies could be read. A body that is damaged fails its job with DATA_LOSS; one
  // that cannot be read now has its lease released.
  v1::LeaseJobsResponse Read(const LeaseReply& granted, PoolReader& reader);

  // Gives all leases of `granted` back: nobody has seen them.
  void ReleaseAll(const LeaseReply& granted);

 private:
  absl::StatusOr<std::shared_ptr<const JobSpec>> SpecOf(JobNumber job, PoolReader& reader);
  void Release(std::vector<LeaseToken> tokens);
  void FailDamaged(const LeaseToken& token, const absl::Status& status);

  const ServiceParts& parts_;
  const Caller caller_;
  const std::string worker_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_LEASED_JOBS_H_
