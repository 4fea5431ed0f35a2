// The legal transitions of a job, as one table. Terminal states never change.
//
//     PENDING    -> RUNNING | SUCCEEDED (cache, coalesced, template, merged parent) | FAILED |
//     CANCELLED | EXPIRED RUNNING    -> SUCCEEDED | FAILED | PENDING (retry, lease lost, released)
//     | CANCELLING CANCELLING -> CANCELLED | EXPIRED | SUCCEEDED (the answer was paid for already
//     and came in time)
#ifndef LULL_SERVER_ENGINE_TRANSITION_H_
#define LULL_SERVER_ENGINE_TRANSITION_H_

#include "storage/record.h"

namespace lull {

constexpr bool IsLegalTransition(JobState from, JobState to) {
  switch (from) {
    case JobState::kPending:
      return to == JobState::kRunning || to == JobState::kSucceeded || to == JobState::kFailed ||
             to == JobState::kCancelled || to == JobState::kExpired;
    case JobState::kRunning:
      return to == JobState::kSucceeded || to == JobState::kFailed || to == JobState::kPending ||
             to == JobState::kCancelling;
    case JobState::kCancelling:
      return to == JobState::kCancelled || to == JobState::kExpired || to == JobState::kSucceeded;
    case JobState::kSucceeded:
    case JobState::kFailed:
    case JobState::kCancelled:
    case JobState::kExpired:
      return false;
  }
  return false;
}

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_TRANSITION_H_
