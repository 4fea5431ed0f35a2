// The 95th percentile of the last calls' durations: how long a call is expected to take at most.
#ifndef LULL_SERVER_SCHEDULER_DURATION_QUANTILE_H_
#define LULL_SERVER_SCHEDULER_DURATION_QUANTILE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "absl/time/time.h"

namespace lull {

class DurationQuantile {
 public:
  static constexpr size_t kKept = 64;
  static constexpr size_t kBelieved = 8;  // fewer say nothing
  static constexpr absl::Duration kUnknown = absl::Seconds(30);

  void Add(absl::Duration duration) {
    kept_[added_++ % kKept] = duration;
    p95_.reset();
  }

  // Asked for every job that is submitted, so it is worked out once for many.
  absl::Duration P95() const {
    if (added_ < kBelieved) return kUnknown;
    if (!p95_) p95_ = FindP95();
    return *p95_;
  }

 private:
  absl::Duration FindP95() const {
    const size_t count = std::min(added_, kKept);
    std::array<absl::Duration, kKept> sorted = kept_;
    const auto p95 = sorted.begin() + (count * 95 - 1) / 100;
    std::nth_element(sorted.begin(), p95, sorted.begin() + count);
    return *p95;
  }

  std::array<absl::Duration, kKept> kept_{};
  size_t added_ = 0;
  mutable std::optional<absl::Duration> p95_;  // of what is kept
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_DURATION_QUANTILE_H_
