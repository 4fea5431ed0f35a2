// The new job that is to repeat an old one.
#ifndef LULL_SERVER_SERVICES_RETRY_OF_JOB_H_
#define LULL_SERVER_SERVICES_RETRY_OF_JOB_H_

#include "absl/status/statusor.h"
#include "server/api/job_rules.h"
#include "server/engine/command.h"
#include "storage/record.h"

namespace lull {

// FAILED, CANCELLED and EXPIRED ones.
bool CanBeRetried(JobState state);

// What to submit, without a request key. `old` has its body. FAILED_PRECONDITION: no route group
// serves its model any more.
absl::StatusOr<NewJob> RetryOf(const JobSpec& old, const JobEnded& ended, const JobRules& rules);

// By which it is known that a job was retried.
NewJob::RequestKey RetryKeyOf(const JobSpec& old);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_RETRY_OF_JOB_H_
