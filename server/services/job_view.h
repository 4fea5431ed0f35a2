// How much of a job a request asks for.
#ifndef LULL_SERVER_SERVICES_JOB_VIEW_H_
#define LULL_SERVER_SERVICES_JOB_VIEW_H_

#include "proto/job.pb.h"
#include "server/api/convert_job.h"
#include "server/api/violations.h"

namespace lull {

// `unspecified` is what the RPC gives by default. Adds a violation of `view` for a number that is
// none.
JobDetail ReadView(v1::JobView view, JobDetail unspecified, Violations* violations);

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_JOB_VIEW_H_
