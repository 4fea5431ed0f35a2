// Which jobs a command means, as options say it.
#ifndef LULL_TOOLS_LULL_JOBS_JOB_SELECTION_H_
#define LULL_TOOLS_LULL_JOBS_JOB_SELECTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace lull {

class Command;

// The options as they were typed; empty: not given.
struct JobSelection {
  // A word of StateWords().
  std::string state;
  std::string class_name;
  // Each "KEY=VALUE".
  std::vector<std::string> labels;
  std::string since;
  std::string until;
  // In the server's own language.
  std::string filter;

  bool IsEmpty() const;
};

// The states, and "live" and "ended" for several of them.
std::vector<std::string> StateWords();

// The filter of ListJobs that holds all of it, joined by AND; empty for an empty selection. `now`
// is what spans count from. INVALID_ARGUMENT: an option is wrong.
absl::StatusOr<std::string> FilterOf(const JobSelection& selection, absl::Time now);

// Adds the options to a command.
void AddSelectionOptions(Command command, JobSelection& selection);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_JOBS_JOB_SELECTION_H_
