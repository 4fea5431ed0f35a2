// What is known of one upstream's health: how much it takes, whether it wants to be left alone,
// whether it is down. Decides only about itself; which upstream a job goes to is
// upstream_choice.h's.
//
// Down: after kFailuresToEject failures in a row it is ejected for a time that doubles with each
// ejection; then one call probes it. Parked: it refuses our credential, balance or model; it is
// probed too, more rarely.
#ifndef LULL_SERVER_SCHEDULER_UPSTREAM_STATE_H_
#define LULL_SERVER_SCHEDULER_UPSTREAM_STATE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/scheduler/adaptive_limit.h"
#include "server/scheduler/call_end.h"
#include "server/scheduler/duration_quantile.h"
#include "server/scheduler/pending_reason.h"
#include "server/scheduler/recent_calls.h"

namespace lull {

class UpstreamState {
 public:
  static constexpr int kFailuresToEject = 5;
  static constexpr absl::Duration kMaxRetryAfter = absl::Hours(24);

  // kNone: a call may start now.
  PendingReason Gate(absl::Duration steady_now) const;
  // When the gate may open by itself; InfiniteDuration if only an event opens it.
  absl::Duration OpensAt(absl::Duration steady_now) const;
  // Neither down, nor parked, nor asked to be left alone: worth failing over to.
  bool IsUsable(absl::Duration steady_now) const;

  // Returns whether the call is a probe.
  bool Start(absl::Duration steady_now);
  void End(const RunningCall& call, const CallEnd& end, absl::Duration steady_now);
  // A call that was running before a restart.
  void Resume() { ++in_flight_; }

  int64_t in_flight() const { return in_flight_; }
  const AdaptiveLimit& limit() const { return limit_; }
  bool ejected(absl::Duration steady_now) const {
    return ejections_ > 0 && !parked_ && Isolated(steady_now);
  }
  bool parked() const { return parked_; }
  // It is neither left alone nor trusted again: one call tries it, or is about to.
  bool probed(absl::Duration steady_now) const {
    return ejections_ > 0 && (probing_ || isolated_until_ <= steady_now);
  }
  // Until when it is left alone, and until when it asked to be; steady, may be over.
  absl::Duration isolated_until() const { return isolated_until_; }
  absl::Duration blocked_until() const { return blocked_until_; }

  RecentCalls::Counts recent(absl::Duration steady_now) const { return recent_.Total(steady_now); }
  // Median time to first content of the last calls that told it; nullopt: too few.
  std::optional<absl::Duration> first_content() const { return first_content_.Median(); }

  // Durable form; only what is worth keeping over a restart.
  std::string Save(Instant now) const;
  absl::Status Restore(absl::string_view saved, Instant now);
  // Whether Save would now give something notably different from last time it was asked through
  // this.
  bool TakeChanged();

 private:
  bool Isolated(absl::Duration steady_now) const {
    return isolated_until_ > steady_now || probing_;
  }
  void Isolate(bool parked, absl::Duration steady_now);

  AdaptiveLimit limit_;
  RecentCalls recent_;
  DurationQuantile first_content_;
  int64_t in_flight_ = 0;
  int failures_ = 0;   // in a row
  int refusals_ = 0;   // busy answers in a row at the lowest limit
  int ejections_ = 0;  // in a row, without a success between
  bool parked_ = false;
  bool probing_ = false;
  absl::Duration isolated_until_ = -absl::InfiniteDuration();
  absl::Duration blocked_until_ = -absl::InfiniteDuration();  // the provider's wish
  double saved_limit_ = AdaptiveLimit::kStart;
  absl::Duration saved_blocked_ = -absl::InfiniteDuration();
  bool saved_parked_ = false;
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_UPSTREAM_STATE_H_
