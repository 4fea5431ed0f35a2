// A call to an upstream as the scheduler sees it: what it occupies while it runs, and what its end
// tells.
#ifndef LULL_SERVER_SCHEDULER_CALL_END_H_
#define LULL_SERVER_SCHEDULER_CALL_END_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace lull {

// What a running call occupies. Indexes into the plan; upstream -1: one that the plan no longer
// has.
struct RunningCall {
  int class_index = -1;
  int upstream = -1;
  absl::Duration started;  // steady
  bool probe = false;      // the one call that tries an ejected upstream
};

// What an answer tells of the upstream's health.
enum class CallSignal : uint8_t {
  kOk,        // it answered, be it with a refusal of this very request
  kBusy,      // it has too much to do, or we are too fast for it
  kFailed,    // it did not answer as it should
  kRefused,   // it refuses our credential, balance or model: the operator's problem
  kNoSignal,  // nothing was learned: given back, cancelled, or the worker was lost
};

struct CallEnd {
  CallSignal signal = CallSignal::kNoSignal;
  std::optional<absl::Duration> retry_after;            // the provider's wish
  std::optional<int64_t> concurrency_cap;               // the provider's word
  absl::Duration first_content = absl::ZeroDuration();  // until then; zero: not known
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_CALL_END_H_
