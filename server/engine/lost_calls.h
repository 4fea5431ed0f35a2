// Calls whose worker was lost: they may still be running, so they keep their place in the
// concurrency limits until their hard time limit. Durable, so that a restart does not open the
// limits.
#ifndef LULL_SERVER_ENGINE_LOST_CALLS_H_
#define LULL_SERVER_ENGINE_LOST_CALLS_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/scheduler/call_end.h"
#include "server/scheduler/plan.h"
#include "storage/record.h"

namespace lull {

class LostCalls {
 public:
  static constexpr absl::string_view kKind = "lost_call";

  struct Lost {
    RunningCall call;
    std::string class_name;
    std::string upstream;
    absl::Time until;  // the call's hard time limit
  };

  // The small state that keeps it.
  SmallState Add(JobNumber job, LeaseNumber lease, Lost lost);

  // Takes out one: its worker reported after all, or released it.
  std::optional<std::pair<Lost, SmallState>> Remove(JobNumber job, LeaseNumber lease);

  // Takes out those whose time is over.
  std::vector<std::pair<Lost, SmallState>> RemoveDue(absl::Time wall_now);

  absl::Time NextDue() const;  // InfiniteFuture: none

  // Returns the call, so that it takes its place again. INVALID_ARGUMENT: not what Add gave.
  absl::StatusOr<RunningCall> Restore(const SmallState& state, const Plan& plan,
                                      absl::Duration steady_now);

 private:
  // Few: one for each call lost within one total time limit.
  std::map<std::pair<JobNumber, LeaseNumber>, Lost> lost_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_LOST_CALLS_H_
