// The 95th percentile of the last calls' durations: how long a call is expected to take at most.
#ifndef LULL_SERVER_SCHEDULER_DURATION_QUANTILE_H_
#define LULL_SERVER_SCHEDULER_DURATION_QUANTILE_H_

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/time/time.h"

namespace lull {

class DurationQuantile {
 public:
  static constexpr size_t kKept = 64;
  static constexpr size_t kBelieved = 8;  // fewer say nothing
  static constexpr absl::Duration kUnknown = absl::Seconds(30);

  void Add(absl::Duration duration) { kept_[added_++ % kKept] = duration; }

  absl::Duration P95() const {
    const size_t count = std::min(added_, kKept);
    if (count < kBelieved) return kUnknown;
    std::array<absl::Duration, kKept> sorted = kept_;
    std::sort(sorted.begin(), sorted.begin() + count);
    return sorted[(count * 95 - 1) / 100];
  }

 private:
  std::array<absl::Duration, kKept> kept_{};
  size_t added_ = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_DURATION_QUANTILE_H_
