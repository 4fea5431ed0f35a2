// Which fields of a Job a client sets. Everything else in it is output only and ignored in
// requests.
#ifndef LULL_SERVER_API_JOB_INPUT_H_
#define LULL_SERVER_API_JOB_INPUT_H_

#include "proto/job.pb.h"

namespace lull {

// The fields that a client sets, but for `request.body`.
v1::Job InputWithoutBody(const v1::Job& job);

// Those of them that the store keeps as they are, in JobSpec::options: policies and names that no
// column holds.
v1::Job OptionsOf(const v1::Job& job);

}  // namespace lull

#endif  // LULL_SERVER_API_JOB_INPUT_H_
