#include "tools/lull/jobs/job_targets.h"

#include "tools/lull/command.h"

namespace lull {

void AddTargetOptions(Command command, JobTargets& targets) {
  command.Texts("JOB", targets.ids, "The jobs' ids; or say below which jobs are meant");
  AddSelectionOptions(command, targets.selection);
}

absl::StatusOr<std::string> CheckedFilterOf(const JobTargets& targets, absl::Time now) {
  if (targets.ids.empty() == targets.selection.IsEmpty()) {
    return absl::InvalidArgumentError(
        targets.ids.empty()
            ? "say which jobs: their ids, or options such as --state, --class, --label, --filter"
            : "name jobs by their ids or select them by options, not both");
  }
  return FilterOf(targets.selection, now);
}

}  // namespace lull
