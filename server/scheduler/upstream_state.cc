#include "server/scheduler/upstream_state.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lull {
namespace {

constexpr absl::Duration kEjection = absl::Seconds(5);
constexpr absl::Duration kMaxEjection = absl::Minutes(1);
constexpr absl::Duration kParking = absl::Seconds(30);
constexpr absl::Duration kMaxParking = absl::Minutes(10);
// Between refusals when the limit is one call already: the pace is lowered in time instead.
constexpr absl::Duration kPause = absl::Milliseconds(50);
constexpr absl::Duration kMaxPause = absl::Seconds(5);

absl::Duration Doubled(absl::Duration base, int times, absl::Duration cap) {
  return std::min(cap, base * std::ldexp(1.0, std::min(times, 20)));
}

}  // namespace

PendingReason UpstreamState::Gate(absl::Duration steady_now) const {
  if (ejections_ > 0) {
    if (Isolated(steady_now)) {
      return parked_ ? PendingReason::kNoUpstream : PendingReason::kUpstreamDown;
    }
    return PendingReason::kNone;  // the probe
  }
  if (blocked_until_ > steady_now) return PendingReason::kUpstreamBusy;
  if (in_flight_ >= limit_.calls()) return PendingReason::kUpstreamBusy;
  return PendingReason::kNone;
}

absl::Duration UpstreamState::OpensAt(absl::Duration steady_now) const {
  if (ejections_ > 0) {
    return probing_ ? absl::InfiniteDuration() : std::max(steady_now, isolated_until_);
  }
  if (blocked_until_ > steady_now) return blocked_until_;
  return in_flight_ >= limit_.calls() ? absl::InfiniteDuration() : steady_now;
}

bool UpstreamState::IsUsable(absl::Duration steady_now) const {
  return ejections_ == 0 && blocked_until_ <= steady_now;
}

bool UpstreamState::Start(absl::Duration) {
  ++in_flight_;
  if (ejections_ > 0) probing_ = true;
  return probing_;
}

void UpstreamState::Isolate(bool parked, absl::Duration steady_now) {
  parked_ = parked;
  isolated_until_ = steady_now + (parked ? Doubled(kParking, ejections_, kMaxParking)
                                         : Doubled(kEjection, ejections_, kMaxEjection));
  ++ejections_;
  failures_ = 0;
}

void UpstreamState::End(const RunningCall& call, const CallEnd& end, absl::Duration steady_now) {
  const int64_t in_flight = in_flight_--;
  if (call.probe) probing_ = false;
  recent_.Add(end.signal, steady_now);
  if (end.first_content > absl::ZeroDuration()) first_content_.Add(end.first_content);
  if (end.retry_after) {
    blocked_until_ =
        std::max(blocked_until_, steady_now + std::min(*end.retry_after, kMaxRetryAfter));
  }
  switch (end.signal) {
    case CallSignal::kOk:
      failures_ = refusals_ = ejections_ = 0;
      parked_ = false;
      limit_.OnSuccess(in_flight);
      break;
    case CallSignal::kBusy:
      failures_ = ejections_ = 0;  // busy is not down
      parked_ = false;
      if (limit_.at_floor()) {
        blocked_until_ =
            std::max(blocked_until_, steady_now + Doubled(kPause, refusals_++, kMaxPause));
      }
      limit_.OnBusy(call.started, steady_now, end.concurrency_cap);
      break;
    case CallSignal::kFailed:
      // A call from before the ejection says nothing new.
      if (ejections_ == 0 ? ++failures_ >= kFailuresToEject : call.probe) {
        Isolate(false, steady_now);
      }
      break;
    case CallSignal::kRefused:
      if (ejections_ == 0 || call.probe) Isolate(true, steady_now);
      break;
    case CallSignal::kNoSignal:
      break;
  }
}

std::string UpstreamState::Save(Instant now) const {
  const int64_t blocked = blocked_until_ > now.steady
                              ? absl::ToUnixMicros(now.wall + (blocked_until_ - now.steady))
                              : 0;
  return absl::StrCat(limit_.value(), " ", limit_.found(), " ", blocked, " ", parked_ ? 1 : 0);
}

absl::Status UpstreamState::Restore(absl::string_view saved, Instant now) {
  const std::vector<absl::string_view> parts = absl::StrSplit(saved, ' ');
  double limit = 0;
  double found = 0;
  int64_t blocked = 0;
  int parked = 0;
  if (parts.size() != 4 || !absl::SimpleAtod(parts[0], &limit) ||
      !absl::SimpleAtod(parts[1], &found) || !absl::SimpleAtoi(parts[2], &blocked) ||
      !absl::SimpleAtoi(parts[3], &parked)) {
    return absl::InvalidArgumentError(absl::StrCat("not a saved upstream: \"", saved, "\""));
  }
  limit_.Restore(limit, found);
  const absl::Duration left = absl::FromUnixMicros(blocked) - now.wall;
  if (left > absl::ZeroDuration()) {
    blocked_until_ = now.steady + std::min(left, kMaxRetryAfter);
  }
  // A parked one is tried at once after a restart: the operator may have mended it.
  if (parked == 1) {
    parked_ = true;
    ejections_ = 1;
    isolated_until_ = now.steady;
  }
  return absl::OkStatus();
}

bool UpstreamState::TakeChanged() {
  const double ratio = limit_.value() / saved_limit_;
  const bool blocked = blocked_until_ > saved_blocked_ + absl::Seconds(1);
  if (ratio < 1.2 && ratio > 1 / 1.2 && !blocked && parked_ == saved_parked_) return false;
  saved_limit_ = limit_.value();
  saved_blocked_ = blocked_until_;
  saved_parked_ = parked_;
  return true;
}

}  // namespace lull
