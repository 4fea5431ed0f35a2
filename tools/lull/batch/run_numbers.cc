#include "tools/lull/batch/run_numbers.h"

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

// The smallest value that `share` of all values do not exceed.
absl::Duration Quantile(std::vector<float>& values, double share) {
  if (values.empty()) return absl::ZeroDuration();
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::max<size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), place, values.end());
  return absl::Seconds(*place);
}

}  // namespace

void EndTally::Add(const EntryEnd& end) {
  summary_.attempts += end.attempts;
  summary_.refusals += end.refusals;
  if (end.state == "SUCCEEDED") {
    ++summary_.answered;
    summary_.refusals_absorbed += end.refusals;
    seconds_.push_back(static_cast<float>(end.seconds));
  } else {
    ++summary_.failed[end.state];
  }
}

RunSummary EndTally::Summary() const {
  RunSummary summary = summary_;
  std::vector<float> seconds = seconds_;
  summary.time_p50 = Quantile(seconds, 0.50);
  summary.time_p95 = Quantile(seconds, 0.95);
  return summary;
}

}  // namespace lull
