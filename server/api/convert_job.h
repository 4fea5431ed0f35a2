// Jobs as the API shows them, out of what the store and the engine know.
#ifndef LULL_SERVER_API_CONVERT_JOB_H_
#define LULL_SERVER_API_CONVERT_JOB_H_

#include "proto/job.pb.h"
#include "server/api/job_snapshot.h"
#include "storage/record.h"

namespace lull {

enum class JobDetail { kBasic, kFull };

// kBasic leaves out the bodies and the attempts. With kFull a body that was not read is left out.
void ToProto(const JobSnapshot& job, JobDetail detail, v1::Job* proto);

// A job that was just created and of which nothing else is known yet: PENDING, in the BASIC view.
void NewJobToProto(const JobSpec& spec, v1::Job* proto);

// Of a job that succeeded.
void ResponseToProto(const JobEnded& ended, JobDetail detail, v1::Response* proto);

// With an ErrorInfo that has the error's reason.
google::rpc::Status ToProto(const JobError& error);

}  // namespace lull

#endif  // LULL_SERVER_API_CONVERT_JOB_H_
