// Counts durations in buckets of 1 % of their size, so that percentiles of millions of them cost
// little memory. Not thread-safe; each thread has one of its own and they are added up at the end.
#ifndef LULL_TOOLS_LOADGEN_HISTOGRAM_H_
#define LULL_TOOLS_LOADGEN_HISTOGRAM_H_

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace lull {

class Histogram {
 public:
  Histogram();

  // Negative ones count as 0, those above an hour as an hour.
  void Add(absl::Duration value, int64_t times = 1);
  void Add(const Histogram& other);

  int64_t count() const { return count_; }
  absl::Duration max() const { return absl::Microseconds(max_us_); }

  // The least value that at least `share` (0 to 1) of all are not above, rounded up to its bucket's
  // end; never above the maximum. 0 if there are none.
  absl::Duration Quantile(double share) const;

 private:
  std::vector<int64_t> buckets_;
  int64_t count_ = 0;
  int64_t max_us_ = 0;
};

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_HISTOGRAM_H_
