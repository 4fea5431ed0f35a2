#include "server/scheduler/retry_policy.h"

namespace lull {

CallSignal SignalOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSucceeded:
    case Outcome::kInvalidRequest:
    case Outcome::kContextOverflow:
      return CallSignal::kOk;
    case Outcome::kBusy:
    case Outcome::kRateLimited:
    case Outcome::kQuotaExhausted:
      return CallSignal::kBusy;
    case Outcome::kServerError:
    case Outcome::kTimeout:
    case Outcome::kConnectionFailed:
    case Outcome::kTruncated:
    case Outcome::kInvalidResponse:
      return CallSignal::kFailed;
    case Outcome::kUnauthorized:
    case Outcome::kNoBalance:
    case Outcome::kModelNotFound:
      return CallSignal::kRefused;
    case Outcome::kNone:
    case Outcome::kCancelled:
    case Outcome::kReleased:
    case Outcome::kUnknown:
      return CallSignal::kNoSignal;
  }
  return CallSignal::kNoSignal;
}

bool CostsAttempt(Outcome outcome) {
  if (outcome == Outcome::kSucceeded) return false;
  switch (SignalOf(outcome)) {
    case CallSignal::kOk:
    case CallSignal::kFailed:
      return true;
    case CallSignal::kBusy:
    case CallSignal::kRefused:
      return false;
    case CallSignal::kNoSignal:
      return outcome == Outcome::kUnknown;
  }
  return true;
}

Verdict Judge(const EndedAttempt& attempt) {
  const CallSignal signal = SignalOf(attempt.outcome);
  if (attempt.outcome == Outcome::kSucceeded) return {FollowUp::kSucceed, ""};
  const bool permanent = signal == CallSignal::kOk;
  if (permanent && attempt.should_retry != std::optional<bool>(true)) {
    return {FollowUp::kFail,
            attempt.outcome == Outcome::kContextOverflow ? "CONTEXT_OVERFLOW" : "INVALID_REQUEST"};
  }
  // A quota that comes back tomorrow is worth waiting for whatever else is said.
  const bool word_counts = (signal == CallSignal::kFailed || signal == CallSignal::kBusy) &&
                           attempt.outcome != Outcome::kQuotaExhausted;
  if (word_counts && attempt.should_retry == std::optional<bool>(false)) {
    return {FollowUp::kFail, "PROVIDER_REFUSED_RETRY"};
  }
  // A worker that was stopped breaks off what it has sent, and knows no more of it than a lost one.
  const bool unknown = attempt.outcome == Outcome::kUnknown ||
                       (attempt.outcome == Outcome::kCancelled && attempt.maybe_billed);
  if (unknown && attempt.on_unknown == OnUnknown::kFail) {
    return {FollowUp::kFail, "OUTCOME_UNKNOWN"};
  }
  if (CostsAttempt(attempt.outcome) && attempt.attempts >= attempt.max_attempts) {
    return {FollowUp::kFail, "ATTEMPTS_EXHAUSTED"};
  }
  if (attempt.dispatches >= attempt.max_dispatches) return {FollowUp::kFail, "DISPATCH_LIMIT"};
  return {FollowUp::kRetry, ""};
}

}  // namespace lull
