#include "tools/lull/up/restart_pace.h"

#include <algorithm>

namespace lull {
namespace {

constexpr absl::Duration kDelayMin = absl::Milliseconds(200);
constexpr absl::Duration kDelayMax = absl::Seconds(30);
constexpr absl::Duration kGoodService = absl::Minutes(1);
constexpr int kEndsMax = 20;
constexpr int kEndsBeforeReadyMax = 3;

}  // namespace

void RestartPace::OnReady(absl::Duration now) {
  ready_since_ = now;
  ends_before_ready_ = 0;
}

std::optional<absl::Duration> RestartPace::OnEnd(absl::Duration now) {
  if (ready_since_.has_value() && now - *ready_since_ >= kGoodService) ends_ = 0;
  if (!ready_since_.has_value()) ++ends_before_ready_;
  ready_since_.reset();
  ++ends_;
  if (ends_ >= kEndsMax || ends_before_ready_ >= kEndsBeforeReadyMax) return std::nullopt;
  return std::min(kDelayMin * (1 << std::min(ends_ - 1, 10)), kDelayMax);
}

}  // namespace lull
