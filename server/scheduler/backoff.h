// How long to wait before the next try: exponential with full jitter (AWS Architecture Blog,
// "Exponential Backoff And Jitter", 2015: full jitter spreads a crowd of retries best). Whether to
// retry is not decided here.
#ifndef LULL_SERVER_SCHEDULER_BACKOFF_H_
#define LULL_SERVER_SCHEDULER_BACKOFF_H_

#include "absl/time/time.h"
#include "server/scheduler/plan.h"

namespace lull {

// `round` counts from 0; `uniform` is a random number in [0, 1). A hint of the provider's is obeyed
// in full, the jitter is put on top of it, so that the crowd does not come back at the same moment.
inline absl::Duration BackoffDelay(const BackoffPolicy& policy, int round, double uniform,
                                   absl::Duration provider_hint) {
  absl::Duration ceiling = policy.base;
  for (int i = 0; i < round && ceiling < policy.cap; ++i) ceiling *= 2;
  if (ceiling > policy.cap) ceiling = policy.cap;
  return provider_hint + ceiling * uniform;
}

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_BACKOFF_H_
