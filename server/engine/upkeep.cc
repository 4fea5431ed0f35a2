#include "server/engine/upkeep.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "server/engine/disk_watch.h"
#include "server/engine/engine_status.h"

namespace lull {

Upkeep::Upkeep(Retention retention, JobStore* store, const Clock* clock, EngineObserver* observer)
    : retention_(std::move(retention)), store_(*store), clock_(*clock), observer_(*observer) {
  prune_.At(clock_.Now().steady);
}

absl::Status Upkeep::Work(bool idle, int64_t live_bytes) {
  const absl::Duration now = clock_.Now().steady;
  if (step_backup_.IsDue(now, idle)) StepBackup();
  if (prune_.IsDue(now, idle)) LULL_RETURN_IF_ERROR(Prune(live_bytes));
  if (tidy_.IsDue(now, idle)) LULL_RETURN_IF_ERROR(Tidy());
  return absl::OkStatus();
}

absl::Duration Upkeep::NextWork() const {
  return std::min({tidy_.idle, prune_.idle, step_backup_.idle});
}

// The store makes room in its log by itself under load, so this waits for idle moments alone.
absl::Status Upkeep::Tidy() {
  LULL_ASSIGN_OR_RETURN(const bool more, store_.Tidy());
  if (more) {
    tidy_.AtIdle(clock_.Now().steady);
  } else {
    tidy_.Never();
  }
  return absl::OkStatus();
}

absl::Status Upkeep::Prune(int64_t live_bytes) {
  const Instant before = clock_.Now();
  Retention retention = retention_;
  // The limit is for what has ended; the store's file holds both.
  if (retention.max_finished_bytes > 0) retention.max_finished_bytes += live_bytes;
  LULL_ASSIGN_OR_RETURN(const bool more, store_.Prune(retention, before.wall));
  const absl::Duration now = clock_.Now().steady;
  if (more) {
    prune_.GoOn(now, now - before.steady, kPruneRest);
    tidy_.AtIdle(now + kIdleBeforeTidy);
  } else {
    prune_.At(now + kPruneEvery);
  }
  return absl::OkStatus();
}

// ---- backups

void Upkeep::StartBackup(BackupCall call, int64_t spare_bytes) {
  if (backup_ != nullptr) {
    return call.done(
        WithReason(absl::AbortedError("another backup is running; try again when it has ended"),
                   "BACKUP_RUNNING"));
  }
  const int64_t file_bytes = store_.GetStats().file_bytes;
  if (file_bytes > spare_bytes) {
    return call.done(WithReason(
        absl::ResourceExhaustedError(absl::StrCat(
            "the disk has no room for a copy of ", file_bytes, " bytes: only ",
            std::max<int64_t>(0, spare_bytes),
            " bytes are free beyond what is kept for the answers of jobs that were taken")),
        "DISK_LOW"));
  }
  absl::StatusOr<std::unique_ptr<StoreBackup>> backup = store_.StartBackup(call.request.file_name);
  if (!backup.ok()) {
    return call.done(absl::IsAlreadyExists(backup.status())
                         ? WithReason(backup.status(), "BACKUP_EXISTS")
                         : backup.status());
  }
  LogInfo("engine", "backup begins", {{"file_name", call.request.file_name}});
  backup_ = std::make_unique<BackupRun>(std::move(call), *std::move(backup));
  step_backup_.At(clock_.Now().steady);
}

void Upkeep::StepBackup() {
  const absl::Duration before = clock_.Now().steady;
  absl::Status end;
  const bool goes_on = backup_->Step(&end);
  const absl::Duration now = clock_.Now().steady;
  step_backup_.GoOn(now, now - before, kBackupRest);
  if (!goes_on) NoteBackupEnd(end);
}

void Upkeep::AbandonBackup(const absl::Status& why) {
  if (backup_ == nullptr) return;
  backup_->Abandon(why);
  NoteBackupEnd(why);
}

void Upkeep::NoteBackupEnd(const absl::Status& end) {
  backup_.reset();
  step_backup_.Never();
  if (end.ok()) {
    LogInfo("engine", "backup is complete");
  } else {
    LogWarning("engine", "backup was given up", {{"status", end}});
  }
  observer_.OnBackupEnded(end);
}

}  // namespace lull
