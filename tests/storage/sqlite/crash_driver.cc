#include "tests/storage/sqlite/crash_driver.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/sqlite_job_store.h"
#include "tests/storage/sample_records.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {

CrashDriver::CrashDriver(FaultVfs& vfs, OpenStore open)
    : vfs_(vfs),
      parent_dir_(NewDirInMemory()),
      data_dir_(parent_dir_ + "/data"),
      open_(std::move(open)) {}

CrashDriver::~CrashDriver() {
  backup_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(parent_dir_, ignored);
}

absl::Status CrashDriver::Recover() {
  if (store_ == nullptr) {
    LULL_ASSIGN_OR_RETURN(store_, open_(data_dir_));
  }
  absl::StatusOr<JobStore::Recovered> recovered = store_->Recover(SampleTime());
  backup_.reset();
  LULL_RETURN_IF_ERROR(recovered.status());
  epoch_ = recovered->epoch;
  const JobNumber next_job = acknowledged_.next_job();
  const EventNumber next_event = acknowledged_.next_event();
  LULL_RETURN_IF_ERROR(Compare());
  if (recovered->next_job < std::max(next_job, acknowledged_.next_job()) ||
      recovered->next_event < next_event || recovered->next_event != acknowledged_.next_event()) {
    violations_.push_back(absl::StrCat("numbers go on at job ", recovered->next_job, ", event ",
                                       recovered->next_event));
  }
  acknowledged_.RaiseNextJob(recovered->next_job);
  return absl::OkStatus();
}

bool CrashDriver::LookUnrecovered() {
  if (store_ == nullptr || !store_->FindCommitted().ok()) return false;
  const std::optional<StoreImage> uncertain = uncertain_;
  const EventNumber next_event = acknowledged_.next_event();
  if (!Compare().ok()) return false;
  // The last group may still be found.
  if (acknowledged_.next_event() == next_event) uncertain_ = uncertain;
  return true;
}

absl::Status CrashDriver::Compare() {
  absl::StatusOr<StoreImage> found = StoreImage::Read(*store_);
  if (absl::IsUnavailable(found.status())) return found.status();
  if (!found.ok()) {
    violations_.push_back(absl::StrCat("cannot be read: ", found.status().ToString()));
    return found.status();
  }
  std::string difference = acknowledged_.DifferenceAfterPruning(*found, may_be_pruned_until_);
  if (!difference.empty() && uncertain_.has_value()) {
    const std::string other = uncertain_->DifferenceAfterPruning(*found, may_be_pruned_until_);
    difference = other.empty() ? "" : absl::StrCat(difference, ", and with the last group ", other);
  }
  if (!difference.empty()) violations_.push_back(difference);
  found->RaiseNextJob(acknowledged_.next_job());
  acknowledged_ = *std::move(found);
  uncertain_.reset();
  may_be_pruned_until_ = absl::InfinitePast();
  return absl::OkStatus();
}

absl::Status CrashDriver::Apply(std::vector<Record> records, std::vector<Event> events) {
  Group group;
  group.epoch = epoch_;
  group.first_event = acknowledged_.next_event();
  group.records = std::move(records);
  group.events = std::move(events);
  StoreImage with = acknowledged_;
  with.Apply(group);
  absl::Status status = store_->ApplyGroup(group);
  if (status.ok()) {
    acknowledged_ = std::move(with);
  } else if (!uncertain_.has_value()) {
    uncertain_ = std::move(with);
  }
  return status;
}

absl::Status CrashDriver::Prune(absl::Time until) {
  Retention retention;
  retention.finished_jobs = retention.events = retention.request_ids = absl::ZeroDuration();
  may_be_pruned_until_ = std::max(may_be_pruned_until_, until);
  while (true) {
    LULL_ASSIGN_OR_RETURN(const bool more, store_->Prune(retention, until));
    if (!more) return Compare();
  }
}

// Whether the store does not wait for a recovery.
bool CrashDriver::IsUsable() {
  return store_->LoadSmallStates([](const SmallState&) {}).ok();
}

void CrashDriver::StepBackup() {
  if (!IsUsable()) {
    backup_.reset();  // as the recovery that has to come would do
    return;
  }
  const int failed_before = failed_backups_;
  BeginOrContinueBackup();
  // Without power not even a read works, unless it finds everything in memory.
  if (failed_backups_ > failed_before && !vfs_.power_is_off() && !IsUsable()) {
    violations_.push_back("a backup's failure made the store unusable");
  }
}

void CrashDriver::BeginOrContinueBackup() {
  if (backup_ == nullptr) {
    auto begun = store_->StartBackup(absl::StrCat(++begun_backups_, ".db"));
    if (begun.ok()) {
      backup_ = *std::move(begun);
    } else {
      ++failed_backups_;
    }
    return;
  }
  const absl::StatusOr<StoreBackup::Progress> progress = backup_->Step();
  if (progress.ok() && !progress->done) return;
  backup_.reset();
  if (progress.ok()) {
    finished_.push_back({progress->path, acknowledged_, may_be_pruned_until_});
  } else {
    ++failed_backups_;
  }
}

void CrashDriver::CheckBackups() {
  for (const FinishedBackup& backup : finished_) {
    const absl::Status status = CheckBackup(backup);
    if (!status.ok()) violations_.push_back(absl::StrCat(backup.path, ": ", status.ToString()));
  }
}

absl::Status CrashDriver::CheckBackup(const FinishedBackup& backup) {
  const std::string dir = absl::StrCat(parent_dir_, "/restored");
  std::error_code error;
  std::filesystem::remove_all(dir, error);
  std::filesystem::create_directory(dir, error);
  std::filesystem::copy_file(backup.path, dir + "/lull.db", error);
  if (error) return absl::NotFoundError(error.message());
  LULL_ASSIGN_OR_RETURN(const auto restored, OpenStoreThatCheckpointsOften(dir));
  LULL_RETURN_IF_ERROR(restored->Recover(SampleTime()).status());
  LULL_ASSIGN_OR_RETURN(const StoreImage found, StoreImage::Read(*restored));
  const std::string difference =
      backup.acknowledged.DifferenceAfterPruning(found, backup.may_be_pruned_until);
  return difference.empty() ? absl::OkStatus() : absl::DataLossError(difference);
}

void CrashDriver::CutAndRestorePower() {
  vfs_.CutPower();
  store_.reset();
  backup_.reset();
  vfs_.RestorePower();
}

std::string CrashDriver::IntegrityCheck() const {
  const auto connection = Connection::OpenReader(data_dir_ + "/lull.db");
  if (!connection.ok()) return connection.status().ToString();
  const auto result = (*connection)->QueryText("PRAGMA integrity_check");
  return result.ok() ? *result : result.status().ToString();
}

absl::StatusOr<std::unique_ptr<JobStore>> OpenStoreThatCheckpointsOften(const std::string& dir) {
  SqliteJobStoreOptions options;
  options.data_dir = dir;
  options.compress_above_bytes = 2048;
  options.checkpoint.idle = 4;
  options.checkpoint.forced = 12;
  options.checkpoint.very_large = 24;
  options.backup_step_pages = 10;
  return SqliteJobStore::Open(options);
}

}  // namespace lull
