// Numbers about a job that follow from its fields.
#ifndef LULL_TOOLS_LULL_JOB_TALLY_H_
#define LULL_TOOLS_LULL_JOB_TALLY_H_

#include <cstdint>

#include "absl/time/time.h"

namespace lull {

namespace v1 {
class Job;
}  // namespace v1

// Whether the job has reached a state that never changes.
bool HasEnded(const v1::Job& job);

// How many of the job's calls the upstream refused because it was busy or a rate was exceeded.
// Exact in the FULL view of a job with at most 20 attempts; otherwise calls that are not listed and
// cost no attempt count as refused.
int64_t RefusalsOf(const v1::Job& job);

// From the job's creation to its end; zero if it has not ended.
absl::Duration TimeToEnd(const v1::Job& job);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOB_TALLY_H_
