// Why a job is where it is, told to a person.
#ifndef LULL_TOOLS_LULL_JOBS_WHY_TEXT_H_
#define LULL_TOOLS_LULL_JOBS_WHY_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "proto/job.pb.h"
#include "tools/lull/terminal.h"

namespace lull {

// What a job waits for and what to do about it, or what happened to it, attempt by attempt. `job`
// is the FULL view.
std::string WhyText(const v1::Job& job, absl::Time now, const Terminal& terminal);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOBS_WHY_TEXT_H_
