#include "tests/storage/sqlite/crash_driver.h"

#include <stdlib.h>

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

namespace {

std::string NewDirInMemory() {
  std::string path = "/dev/shm/lull-crash.XXXXXX";
  return mkdtemp(path.data()) != nullptr ? path : NewTempDir();
}

}  // namespace

CrashDriver::CrashDriver(FaultVfs& vfs, OpenStore open)
    : vfs_(vfs),
      parent_dir_(NewDirInMemory()),
      data_dir_(parent_dir_ + "/data"),
      open_(std::move(open)) {}

CrashDriver::~CrashDriver() {
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(parent_dir_, ignored);
}

absl::Status CrashDriver::Recover() {
  if (store_ == nullptr) {
    LULL_ASSIGN_OR_RETURN(store_, open_(data_dir_));
  }
  LULL_ASSIGN_OR_RETURN(const JobStore::Recovered recovered, store_->Recover(SampleTime()));
  epoch_ = recovered.epoch;
  LULL_RETURN_IF_ERROR(Compare());
  if (recovered.next_job < acknowledged_.next_job() ||
      recovered.next_event != acknowledged_.next_event()) {
    violations_.push_back(absl::StrCat("numbers go on at job ", recovered.next_job, ", event ",
                                       recovered.next_event));
  }
  return absl::OkStatus();
}

absl::Status CrashDriver::Compare() {
  absl::StatusOr<StoreImage> found = StoreImage::Read(*store_);
  if (absl::IsUnavailable(found.status())) return found.status();
  if (!found.ok()) {
    violations_.push_back(absl::StrCat("cannot be read: ", found.status().ToString()));
    return found.status();
  }
  std::string difference = acknowledged_.Difference(*found);
  if (!difference.empty() && uncertain_.has_value()) {
    const std::string other = uncertain_->Difference(*found);
    difference = other.empty() ? "" : absl::StrCat(difference, ", and with the last group ", other);
  }
  if (!difference.empty()) violations_.push_back(difference);
  acknowledged_ = *std::move(found);
  uncertain_.reset();
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

void CrashDriver::CutAndRestorePower() {
  vfs_.CutPower();
  store_.reset();
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
  return SqliteJobStore::Open(options);
}

}  // namespace lull
