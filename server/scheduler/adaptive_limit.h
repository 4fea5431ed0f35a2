// Finds out how many calls at a time an upstream takes: slow start, then additive increase and
// multiplicative decrease on busy answers (as TCP does, RFC 5681), with smaller steps near a limit
// that was found before.
//
// It grows only while it is used, and shrinks once for a crowd of refusals that belong together:
// calls that were started before the last decrease tell nothing new.
#ifndef LULL_SERVER_SCHEDULER_ADAPTIVE_LIMIT_H_
#define LULL_SERVER_SCHEDULER_ADAPTIVE_LIMIT_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace lull {

class AdaptiveLimit {
 public:
  static constexpr double kStart = 8;
  static constexpr double kMax = 10'000;

  int64_t calls() const { return static_cast<int64_t>(limit_); }  // at least 1
  double value() const { return limit_; }
  std::optional<int64_t> named_cap() const {
    return cap_ == INT64_MAX ? std::nullopt : std::optional<int64_t>(cap_);
  }
  bool at_floor() const { return limit_ < 2; }

  // `in_flight`: calls under way when this one ended, it included.
  void OnSuccess(int64_t in_flight);
  // `started`: when the refused call began. `cap`: the provider's own number, where it gave one.
  void OnBusy(absl::Duration started, absl::Duration now, std::optional<int64_t> cap);

  // What was learned before a restart.
  void Restore(double limit, double found);
  double found() const { return found_; }

 private:
  double limit_ = kStart;
  double found_ = kMax;  // the limit at the last refusal
  bool slow_start_ = true;
  int64_t cap_ = INT64_MAX;  // told by the provider
  absl::Duration decreased_ = -absl::InfiniteDuration();
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_ADAPTIVE_LIMIT_H_
