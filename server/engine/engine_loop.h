// The engine's thread: inbox -> Engine -> JobStore::ApplyGroup -> answers. The only writer, and the
// only place where the engine's state is touched.
//
// Any thread may Post. Answers, and the observer's calls, come on the engine's thread. After a
// failed commit the loop answers its group with UNAVAILABLE, throws the engine's state away and
// recovers from the store, with backoff, until that succeeds. Meanwhile questions are answered from
// what is committed, and parked long polls when their time is over (outage.h).
#ifndef LULL_SERVER_ENGINE_ENGINE_LOOP_H_
#define LULL_SERVER_ENGINE_ENGINE_LOOP_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/engine/command.h"
#include "server/engine/engine_observer.h"
#include "server/scheduler/plan.h"
#include "storage/job_store.h"

namespace lull {

class EngineLoop {
 public:
  struct Options {
    std::shared_ptr<const Plan> plan;
    std::string seed;  // of ids and jitter: 32 random bytes in production, anything in tests
    Retention retention;
    int64_t max_inbox_calls = 65536;
    int64_t max_inbox_bytes = int64_t{256} << 20;  // of request bodies
    int64_t reserved_calls = 16384;                // beyond that, for workers' reports only
    int64_t reserved_bytes = int64_t{256} << 20;
    int64_t max_group_calls = 4096;
    int64_t max_group_bytes = int64_t{32} << 20;
    int64_t max_parked = 100'000;  // long polls
  };

  // Does not own store, clock and observer; they outlive the loop.
  EngineLoop(Options options, JobStore* store, const Clock* clock, EngineObserver* observer);
  ~EngineLoop();  // Stop()

  // Recovers from the store and starts the thread. Fails with the store's error; may be tried
  // again.
  absl::Status Start();

  // OK: `done` will be called. Otherwise it is not called, and the status says why:
  // RESOURCE_EXHAUSTED (the inbox is full, or the disk) or UNAVAILABLE (stopped, draining, or
  // recovering, unless it only asks); nothing was done, so a repetition is safe.
  absl::Status Post(Command command);

  // From now on submits are refused and parked polls are answered at once; reports, renewals and
  // reads go on.
  void Drain();

  // Answers what is in the inbox, then ends the thread. Idempotent.
  void Stop();

  // False while the store is being recovered.
  bool healthy() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_ENGINE_LOOP_H_
