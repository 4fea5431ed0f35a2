#include "storage/sqlite/checkpointer.h"

#include <algorithm>

#include "base/status_macros.h"

namespace lull {
namespace {

// Truncating waits for readers; commits wait meanwhile, so not for long.
constexpr int kTruncateWaitMillis = 50;

}  // namespace

// How much of the log is not in the main file, and has not been tried in vain.
int Checkpointer::WaitingPages() {
  const int pages = connection_.log_pages();
  // SQLite begins the log anew once all of it is in the main file and no reader needs it.
  if (pages < tried_pages_) done_pages_ = tried_pages_ = 0;
  largest_pages_ = std::max(largest_pages_, pages);
  return pages - std::max(done_pages_, tried_pages_);
}

absl::Status Checkpointer::AfterCommit() {
  if (WaitingPages() < limits_.forced) return absl::OkStatus();
  const bool very_large = connection_.log_pages() >= limits_.very_large;
  return Run(very_large ? Connection::CheckpointMode::kTruncate
                        : Connection::CheckpointMode::kPassive);
}

absl::StatusOr<bool> Checkpointer::WhenIdle() {
  const int waiting = WaitingPages();
  const bool very_large = largest_pages_ >= limits_.very_large;
  if (waiting >= (very_large ? 1 : limits_.idle)) {
    LULL_RETURN_IF_ERROR(Run(Connection::CheckpointMode::kPassive));
    may_truncate_ = very_large && done_pages_ == connection_.log_pages();
    return may_truncate_;
  }
  if (may_truncate_) {
    may_truncate_ = false;  // if a reader stands in the way, not again before the next commit
    LULL_RETURN_IF_ERROR(Run(Connection::CheckpointMode::kTruncate));
  }
  return false;
}

absl::Status Checkpointer::Run(Connection::CheckpointMode mode) {
  const bool truncate = mode == Connection::CheckpointMode::kTruncate;
  tried_pages_ = connection_.log_pages();
  if (truncate) connection_.SetBusyTimeout(kTruncateWaitMillis);
  const absl::StatusOr<Connection::Checkpointed> result = connection_.Checkpoint(mode);
  if (truncate) connection_.SetBusyTimeout(Connection::kBusyTimeoutMillis);
  LULL_RETURN_IF_ERROR(result.status());
  if (result->blocked != Connection::Blocked::kNot) return absl::OkStatus();
  done_pages_ = result->done_pages;
  if (truncate) largest_pages_ = done_pages_ = tried_pages_ = 0;
  return absl::OkStatus();
}

}  // namespace lull
