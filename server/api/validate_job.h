// The form of a submitted job: checked whole, every violation reported at once, and turned into the
// engine's command. What depends on live state (duplicates, admission) is the engine's to say.
#ifndef LULL_SERVER_API_VALIDATE_JOB_H_
#define LULL_SERVER_API_VALIDATE_JOB_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/job_service.pb.h"
#include "server/api/job_rules.h"
#include "server/api/violations.h"
#include "server/engine/caller.h"
#include "server/engine/command.h"

namespace lull {

// Adds what is wrong to `violations`, under the request's own field names behind `prefix` ("" or
// "requests[3]."). The result is complete if nothing was added. Any thread; takes as long as
// reading the body takes.
NewJob ValidateJob(const v1::CreateJobRequest& request, const JobRules& rules, const Caller& caller,
                   absl::Time now, absl::string_view prefix, Violations* violations);

}  // namespace lull

#endif  // LULL_SERVER_API_VALIDATE_JOB_H_
