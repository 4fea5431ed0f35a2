// Runs a store over the fault VFS, remembers what it acknowledged, and after each fault or power
// cut looks whether that is still there.
//
// A group is acknowledged when ApplyGroup returned OK. One whose ApplyGroup failed may be there or
// not, but whole, and what a recovery has once shown must stay.
#ifndef LULL_TESTS_STORAGE_SQLITE_CRASH_DRIVER_H_
#define LULL_TESTS_STORAGE_SQLITE_CRASH_DRIVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/job_store.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/store_image.h"

namespace lull {

class CrashDriver {
 public:
  using OpenStore = std::function<absl::StatusOr<std::unique_ptr<JobStore>>(const std::string&)>;

  // In a directory of its own, in memory where the system has such a place: what is on disk is the
  // fault VFS's business.
  CrashDriver(FaultVfs& vfs, OpenStore open);
  ~CrashDriver();
  CrashDriver(const CrashDriver&) = delete;
  CrashDriver& operator=(const CrashDriver&) = delete;

  // Opens the store if it is not open, recovers it, and compares. An error is the store's; what was
  // lost is in violations().
  absl::Status Recover();

  // Compares what is shown while the store cannot be recovered, which no later recovery may miss.
  // Returns whether anything was shown.
  bool LookUnrecovered();

  // Applies them as the store's next group.
  absl::Status Apply(std::vector<Record> records, std::vector<Event> events);

  absl::StatusOr<bool> Tidy() { return store_->Tidy(); }

  // Prunes, to the end, what ended, happened or was added up to this time.
  absl::Status Prune(absl::Time until);

  // Takes the backup under way a step further, or begins one. What fails is the backup's own
  // affair: it is over then, and counted.
  void StepBackup();
  bool backup_is_under_way() const { return backup_ != nullptr; }
  int failed_backups() const { return failed_backups_; }
  int finished_backups() const { return static_cast<int>(finished_.size()); }

  // Opens stores on copies of the backups that were finished, and compares them with what was
  // acknowledged when they were. What is missing is in violations().
  void CheckBackups();

  // Cuts the power if it is still on, drops the store, and brings the power back.
  void CutAndRestorePower();

  // "ok", or what SQLite finds wrong with the file.
  std::string IntegrityCheck() const;

  const StoreImage& acknowledged() const { return acknowledged_; }
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct FinishedBackup {
    std::string path;
    StoreImage acknowledged;
    absl::Time may_be_pruned_until;
  };
  absl::Status Compare();
  bool IsUsable();
  void BeginOrContinueBackup();
  absl::Status CheckBackup(const FinishedBackup& backup);

  FaultVfs& vfs_;
  const std::string parent_dir_;
  const std::string data_dir_;
  const OpenStore open_;
  std::unique_ptr<JobStore> store_;
  int64_t epoch_ = 0;
  StoreImage acknowledged_;
  std::optional<StoreImage> uncertain_;  // acknowledged_ and the group that failed
  absl::Time may_be_pruned_until_ = absl::InfinitePast();  // since it was compared last
  std::unique_ptr<StoreBackup> backup_;
  int begun_backups_ = 0;
  int failed_backups_ = 0;
  std::vector<FinishedBackup> finished_;
  std::vector<std::string> violations_;
};

// The SQLite store with limits so low that a short test checkpoints at each of them.
absl::StatusOr<std::unique_ptr<JobStore>> OpenStoreThatCheckpointsOften(const std::string& dir);

}  // namespace lull

#endif  // LULL_TESTS_STORAGE_SQLITE_CRASH_DRIVER_H_
