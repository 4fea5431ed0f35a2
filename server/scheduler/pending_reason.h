// Why a pending job is not running: the first gate that does not let it through.
#ifndef LULL_SERVER_SCHEDULER_PENDING_REASON_H_
#define LULL_SERVER_SCHEDULER_PENDING_REASON_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace lull {

// In the order of lull.v1.PendingReason, with the same numbers.
enum class PendingReason : uint8_t {
  kNone = 0,
  kScheduled = 1,
  kBackoff = 2,
  kQuietHours = 3,
  kPriority = 4,  // others go first
  kRateLimit = 5,
  kTokenLimit = 6,
  kConcurrencyLimit = 7,
  kBudget = 8,
  kClassPaused = 9,
  kUpstreamBusy = 10,
  kUpstreamDown = 11,
  kNoUpstream = 12,
  kNoWorker = 13,
  kCoalesced = 14,
  kChildren = 15,
  kDiskLow = 16,
  kStoreUnavailable = 17,
};

struct Waiting {
  PendingReason reason = PendingReason::kNone;
  std::string detail;                                // one line for a person
  absl::Time expected_start = absl::InfinitePast();  // InfinitePast: not known
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_PENDING_REASON_H_
