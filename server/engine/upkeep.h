// What the engine's thread does for the store between its groups: work that may wait for an idle
// moment. Owned by EngineLoop; its thread alone.
#ifndef LULL_SERVER_ENGINE_UPKEEP_H_
#define LULL_SERVER_ENGINE_UPKEEP_H_

#include "absl/time/time.h"
#include "base/clock.h"
#include "storage/job_store.h"

namespace lull {

class Upkeep {
 public:
  // Neither is owned; they outlive it.
  Upkeep(JobStore* store, const Clock* clock) : store_(*store), clock_(*clock) {}

  // Something was written.
  void NoteCommit() { tidy_at_ = clock_.Now().steady + kIdleBeforeTidy; }

  // One piece of work, some milliseconds long, if one is due. `idle`: no command waits.
  void Work(bool idle);

  // The steady time from which on Work(true) has something to do.
  absl::Duration NextWork() const { return tidy_at_; }

 private:
  static constexpr absl::Duration kIdleBeforeTidy = absl::Milliseconds(20);

  JobStore& store_;
  const Clock& clock_;
  absl::Duration tidy_at_ = absl::InfiniteDuration();
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_UPKEEP_H_
