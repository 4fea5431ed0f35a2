// The long polls that wait at the engine: workers for grants, clients for the end of a job. A
// bounded number of them; where there is no room a poll is answered at once, as if its time were
// over.
//
// Owned by EngineLoop; its thread alone. They outlive the engine's state: what is parked when a
// commit fails waits on.
#ifndef LULL_SERVER_ENGINE_LONG_POLLS_H_
#define LULL_SERVER_ENGINE_LONG_POLLS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/engine/command.h"
#include "server/engine/engine.h"
#include "server/engine/parked.h"
#include "server/engine/pending_answers.h"

namespace lull {

class LongPolls {
 public:
  // What one round of the loop works with.
  struct Round {
    Engine& engine;
    PendingAnswers& answers;
    Instant now;
    bool closing = false;  // answer everybody: nothing is waited for any more
    bool grants = true;    // whether the engine may be asked for work
  };

  explicit LongPolls(int64_t max_parked) : max_parked_(max_parked) {}

  // Parks the call, or answers it where there is nothing to wait for.
  void Take(LeaseCall& call, const Round& round);
  void Take(AwaitCall& call, const Round& round);

  // Gives grants to the polls that have waited longest, and answers those whose time is over.
  void Serve(const Round& round);

  // These jobs have ended, and it is on disk.
  void AnswerEnded(const std::vector<JobNumber>& jobs);

  // After a recovery, with the new engine: it gets to know the workers that poll, and those that
  // wait for the end of a job that is not live any more find out. The others wait on, no longer
  // than they would have.
  void AskAgain(const Round& round);

  // Without an engine: those whose time is over by then have waited in vain for work, and are told
  // `status` in place of how their job stands.
  void GiveUp(absl::Duration steady_until, const absl::Status& status);

  // The steady time at which Serve has something to answer; InfiniteDuration: never.
  absl::Duration NextDue() const;

 private:
  bool IsFull() const {
    return static_cast<int64_t>(leases_.size() + awaits_.size()) >= max_parked_;
  }
  void AwaitUntil(absl::Duration until, AwaitCall& call, const Round& round);
  void AnswerDueAwaits(const Round& round);
  void OfferWork(const Round& round);

  const int64_t max_parked_;
  ParkedLeases leases_;
  ParkedAwaits awaits_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_LONG_POLLS_H_
