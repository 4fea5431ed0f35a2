// Quantiles of the last calls' durations: how long a call is expected to take.
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
    if (!p95_) p95_ = Find(95);
    return *p95_;
  }

  // nullopt: too few to say.
  std::optional<absl::Duration> Median() const {
    if (added_ < kBelieved) return std::nullopt;
    return Find(50);
  }

 private:
  absl::Duration Find(size_t percent) const {
    const size_t count = std::min(added_, kKept);
    std::array<absl::Duration, kKept> sorted = kept_;
    const auto found = sorted.begin() + (count * percent - 1) / 100;
    std::nth_element(sorted.begin(), found, sorted.begin() + count);
    return *found;
  }

  std::array<absl::Duration, kKept> kept_{};
  size_t added_ = 0;
  mutable std::optional<absl::Duration> p95_;  // of what is kept
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_DURATION_QUANTILE_H_
