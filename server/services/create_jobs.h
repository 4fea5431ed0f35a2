// The way of new jobs through the engine, for every RPC that creates some.
#ifndef LULL_SERVER_SERVICES_CREATE_JOBS_H_
#define LULL_SERVER_SERVICES_CREATE_JOBS_H_

#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "proto/job.pb.h"
#include "server/engine/command.h"
#include "server/services/service_parts.h"

namespace lull {

// One for each job, in the BASIC view: the created job, or, for a repeated request id, the job of
// the first time as it is now.
using CreatedDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<v1::Job>>)>;

// All of them or none. OK: `done` will be called, after the commit, on a thread of the pool. Its
// error is that of the first refused job, which the message names by its place if there are
// several. ALREADY_EXISTS, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, UNAVAILABLE: see command.h.
absl::Status CreateJobs(const ServiceParts& parts, const Caller& caller, std::vector<NewJob> jobs,
                        CreatedDone done);

// One for each job, in order: what CreateJobs would have given for it alone.
using SubmittedDone = absl::AnyInvocable<void(std::vector<absl::StatusOr<v1::Job>>)>;

// Each of them on its own. `done` is called in any case, as above, or at once where the engine
// takes no commands.
void SubmitJobs(const ServiceParts& parts, const Caller& caller, std::vector<NewJob> jobs,
                SubmittedDone done);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_CREATE_JOBS_H_
