// Whether an attempt that ended is the job's end or is followed by another. Pure. How long to wait
// is backoff.h's.
#ifndef LULL_SERVER_SCHEDULER_RETRY_POLICY_H_
#define LULL_SERVER_SCHEDULER_RETRY_POLICY_H_

#include <cstdint>
#include <optional>

#include "server/scheduler/call_end.h"
#include "server/scheduler/plan.h"
#include "storage/record.h"

namespace lull {

// What an outcome says of the upstream.
CallSignal SignalOf(Outcome outcome);

// Whether an attempt that ended so counts against max_attempts: those that failed on their own
// account and those whose outcome is unknown do; busy answers and the operator's problems do not.
bool CostsAttempt(Outcome outcome);

enum class FollowUp : uint8_t { kSucceed, kRetry, kFail };

struct EndedAttempt {
  Outcome outcome = Outcome::kUnknown;
  std::optional<bool> should_retry;  // the provider's own word
  int32_t attempts = 0;              // that count, this one included if it does
  int32_t max_attempts = 0;
  int32_t dispatches = 0;
  int32_t max_dispatches = 0;
  OnUnknown on_unknown = OnUnknown::kRetry;
  bool maybe_billed = false;
};

struct Verdict {
  FollowUp follow_up = FollowUp::kFail;
  const char* reason = "";  // where kFail: of the job's error, UPPER_SNAKE_CASE
};

Verdict Judge(const EndedAttempt& attempt);

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_RETRY_POLICY_H_
