#include "server/engine/upkeep.h"

#include "absl/status/statusor.h"
#include "base/log.h"

namespace lull {

void Upkeep::Work(bool idle) {
  const absl::Duration now = clock_.Now().steady;
  if (!idle || now < tidy_at_) return;
  const absl::StatusOr<bool> more = store_.Tidy();
  if (!more.ok()) LogWarning("engine", "tidying the store failed", {{"status", more.status()}});
  tidy_at_ = more.ok() && *more ? now : absl::InfiniteDuration();
}

}  // namespace lull
