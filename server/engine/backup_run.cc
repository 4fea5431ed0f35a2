#include "server/engine/backup_run.h"

#include "server/engine/engine_status.h"

namespace lull {

bool BackupRun::Step(absl::Status* end) {
  if (IsWithdrawn(call_.request.withdrawn)) {
    *end = WithReason(absl::CancelledError("the client has gone away"), "CLIENT_GONE");
    Abandon(*end);
    return false;
  }
  const absl::StatusOr<StoreBackup::Progress> step = backup_->Step();
  if (!step.ok()) {
    *end = step.status();
    Abandon(*end);
    return false;
  }
  BackupReply progress{step->copied_bytes, step->total_bytes, step->path};
  if (!step->done) {
    if (call_.request.report) call_.request.report(progress);
    return true;
  }
  backup_.reset();
  call_.done(std::move(progress));
  *end = absl::OkStatus();
  return false;
}

void BackupRun::Abandon(const absl::Status& why) {
  backup_.reset();
  call_.done(why);
}

}  // namespace lull
