// Jobs as rows of a table.
#ifndef LULL_TOOLS_LULL_JOBS_JOB_ROW_H_
#define LULL_TOOLS_LULL_JOBS_JOB_ROW_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "proto/job.pb.h"
#include "tools/lull/table.h"

namespace lull {

// The words above the columns.
std::vector<std::string> JobHeading();

// Id, state, class, age, attempts, and what matters most of it now.
std::vector<Cell> JobRow(const v1::Job& job, absl::Time now);

// What a job waits for, what went wrong, or how it ended, in a few words without line breaks.
std::string JobNote(const v1::Job& job, absl::Time now);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOBS_JOB_ROW_H_
