#include "server/api/convert_enum.h"

#include <cstdlib>

namespace lull {
namespace {

template <typename Ours, typename Theirs>
struct Pair {
  Ours ours;
  Theirs theirs;
};

constexpr Pair<JobState, v1::JobState> kJobStates[] = {
    {JobState::kPending, v1::JOB_STATE_PENDING},
    {JobState::kRunning, v1::JOB_STATE_RUNNING},
    {JobState::kCancelling, v1::JOB_STATE_CANCELLING},
    {JobState::kSucceeded, v1::JOB_STATE_SUCCEEDED},
    {JobState::kFailed, v1::JOB_STATE_FAILED},
    {JobState::kCancelled, v1::JOB_STATE_CANCELLED},
    {JobState::kExpired, v1::JOB_STATE_EXPIRED},
};

constexpr Pair<CancelCause, v1::CancelCause> kCancelCauses[] = {
    {CancelCause::kNone, v1::CANCEL_CAUSE_UNSPECIFIED},
    {CancelCause::kUser, v1::CANCEL_CAUSE_USER},
    {CancelCause::kDeadline, v1::CANCEL_CAUSE_DEADLINE},
    {CancelCause::kParent, v1::CANCEL_CAUSE_PARENT},
};

constexpr Pair<PendingReason, v1::PendingReason> kPendingReasons[] = {
    {PendingReason::kNone, v1::PENDING_REASON_UNSPECIFIED},
    {PendingReason::kScheduled, v1::PENDING_REASON_SCHEDULED},
    {PendingReason::kBackoff, v1::PENDING_REASON_BACKOFF},
    {PendingReason::kQuietHours, v1::PENDING_REASON_QUIET_HOURS},
    {PendingReason::kPriority, v1::PENDING_REASON_PRIORITY},
    {PendingReason::kRateLimit, v1::PENDING_REASON_RATE_LIMIT},
    {PendingReason::kTokenLimit, v1::PENDING_REASON_TOKEN_LIMIT},
    {PendingReason::kConcurrencyLimit, v1::PENDING_REASON_CONCURRENCY_LIMIT},
    {PendingReason::kBudget, v1::PENDING_REASON_BUDGET},
    {PendingReason::kClassPaused, v1::PENDING_REASON_CLASS_PAUSED},
    {PendingReason::kUpstreamBusy, v1::PENDING_REASON_UPSTREAM_BUSY},
    {PendingReason::kUpstreamDown, v1::PENDING_REASON_UPSTREAM_DOWN},
    {PendingReason::kNoUpstream, v1::PENDING_REASON_NO_UPSTREAM},
    {PendingReason::kNoWorker, v1::PENDING_REASON_NO_WORKER},
    {PendingReason::kCoalesced, v1::PENDING_REASON_COALESCED},
    {PendingReason::kChildren, v1::PENDING_REASON_CHILDREN},
    {PendingReason::kDiskLow, v1::PENDING_REASON_DISK_LOW},
    {PendingReason::kStoreUnavailable, v1::PENDING_REASON_STORE_UNAVAILABLE},
};

constexpr Pair<ServedFrom, v1::ServedFrom> kServedFroms[] = {
    {ServedFrom::kNowhere, v1::SERVED_FROM_UNSPECIFIED},
    {ServedFrom::kUpstream, v1::SERVED_FROM_UPSTREAM},
    {ServedFrom::kCache, v1::SERVED_FROM_CACHE},
    {ServedFrom::kCoalesced, v1::SERVED_FROM_COALESCED},
    {ServedFrom::kFallback, v1::SERVED_FROM_FALLBACK},
    {ServedFrom::kTemplate, v1::SERVED_FROM_TEMPLATE},
};

constexpr Pair<Outcome, v1::Outcome> kOutcomes[] = {
    {Outcome::kNone, v1::OUTCOME_UNSPECIFIED},
    {Outcome::kSucceeded, v1::OUTCOME_SUCCEEDED},
    {Outcome::kBusy, v1::OUTCOME_BUSY},
    {Outcome::kRateLimited, v1::OUTCOME_RATE_LIMITED},
    {Outcome::kServerError, v1::OUTCOME_SERVER_ERROR},
    {Outcome::kTimeout, v1::OUTCOME_TIMEOUT},
    {Outcome::kConnectionFailed, v1::OUTCOME_CONNECTION_FAILED},
    {Outcome::kTruncated, v1::OUTCOME_TRUNCATED},
    {Outcome::kInvalidResponse, v1::OUTCOME_INVALID_RESPONSE},
    {Outcome::kInvalidRequest, v1::OUTCOME_INVALID_REQUEST},
    {Outcome::kContextOverflow, v1::OUTCOME_CONTEXT_OVERFLOW},
    {Outcome::kUnauthorized, v1::OUTCOME_UNAUTHORIZED},
    {Outcome::kNoBalance, v1::OUTCOME_NO_BALANCE},
    {Outcome::kModelNotFound, v1::OUTCOME_MODEL_NOT_FOUND},
    {Outcome::kQuotaExhausted, v1::OUTCOME_QUOTA_EXHAUSTED},
    {Outcome::kCancelled, v1::OUTCOME_CANCELLED},
    {Outcome::kReleased, v1::OUTCOME_RELEASED},
    {Outcome::kUnknown, v1::OUTCOME_UNKNOWN},
};

constexpr Pair<Billed, v1::Billed> kBilleds[] = {
    {Billed::kNo, v1::BILLED_NO},
    {Billed::kMaybe, v1::BILLED_MAYBE},
    {Billed::kYes, v1::BILLED_YES},
};

constexpr Pair<OutsideWindow, v1::OutsideWindow> kOutsideWindows[] = {
    {OutsideWindow::kNo, v1::OUTSIDE_WINDOW_UNSPECIFIED},
    {OutsideWindow::kDeadline, v1::OUTSIDE_WINDOW_DEADLINE},
    {OutsideWindow::kOptedIn, v1::OUTSIDE_WINDOW_OPTED_IN},
};

constexpr Pair<RunWhen, v1::RunWhen> kRunWhens[] = {
    {RunWhen::kClassDefault, v1::RUN_WHEN_UNSPECIFIED},
    {RunWhen::kAnyTime, v1::RUN_WHEN_ANY_TIME},
    {RunWhen::kQuietHours, v1::RUN_WHEN_QUIET_HOURS},
};

// A value without a row is memory that was written over, or a table that a test would have refused.
template <typename Ours, typename Theirs, size_t N>
Theirs Find(const Pair<Ours, Theirs> (&table)[N], Ours value) {
  for (const auto& pair : table) {
    if (pair.ours == value) return pair.theirs;
  }
  std::abort();
}

template <typename Ours, typename Theirs, size_t N>
std::optional<Ours> FindBack(const Pair<Ours, Theirs> (&table)[N], Theirs value) {
  for (const auto& pair : table) {
    if (pair.theirs == value) return pair.ours;
  }
  return std::nullopt;
}

}  // namespace

v1::JobState ToProto(JobState state) { return Find(kJobStates, state); }
v1::CancelCause ToProto(CancelCause cause) { return Find(kCancelCauses, cause); }
v1::PendingReason ToProto(PendingReason reason) { return Find(kPendingReasons, reason); }
v1::ServedFrom ToProto(ServedFrom served_from) { return Find(kServedFroms, served_from); }
v1::Outcome ToProto(Outcome outcome) { return Find(kOutcomes, outcome); }
v1::Billed ToProto(Billed billed) { return Find(kBilleds, billed); }
v1::OutsideWindow ToProto(OutsideWindow outside_window) {
  return Find(kOutsideWindows, outside_window);
}
v1::RunWhen ToProto(RunWhen run_when) { return Find(kRunWhens, run_when); }

std::optional<JobState> FromProto(v1::JobState state) { return FindBack(kJobStates, state); }
std::optional<CancelCause> FromProto(v1::CancelCause cause) {
  return FindBack(kCancelCauses, cause);
}
std::optional<PendingReason> FromProto(v1::PendingReason reason) {
  return FindBack(kPendingReasons, reason);
}
std::optional<ServedFrom> FromProto(v1::ServedFrom served_from) {
  return FindBack(kServedFroms, served_from);
}
std::optional<Outcome> FromProto(v1::Outcome outcome) { return FindBack(kOutcomes, outcome); }
std::optional<Billed> FromProto(v1::Billed billed) { return FindBack(kBilleds, billed); }
std::optional<OutsideWindow> FromProto(v1::OutsideWindow outside_window) {
  return FindBack(kOutsideWindows, outside_window);
}
std::optional<RunWhen> FromProto(v1::RunWhen run_when) { return FindBack(kRunWhens, run_when); }

}  // namespace lull
