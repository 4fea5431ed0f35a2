// A real store whose writes fail when a test says so.
#ifndef LULL_TESTS_SERVER_ENGINE_FAULTY_STORE_H_
#define LULL_TESTS_SERVER_ENGINE_FAULTY_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "storage/job_store.h"

namespace lull {

class FaultyStore final : public JobStore {
 public:
  enum class Fault {
    kNone,
    kKeepNothing,     // the write fails and nothing is on disk
    kKeepEverything,  // the write fails, but everything is on disk: the answer was lost
  };

  explicit FaultyStore(JobStore* store) : store_(store) {}

  // The next ApplyGroup has this fault, once.
  void FailNext(Fault fault) { next_ = fault; }
  // So many Recover calls fail from now on.
  void FailRecoveries(int count) { recoveries_to_fail_ = count; }
  // While set, FindCommitted fails too.
  void HideCommitted(bool hide) { committed_is_unreadable_ = hide; }
  // A live job of this number is loaded as if it had succeeded.
  void MakeWrong(JobNumber job) { wrong_job_ = job; }
  int recoveries() const { return recoveries_; }
  int prunings() const { return prunings_; }
  // While set, backups make no progress.
  void HoldBackups(bool hold) { hold_backups_ = hold; }
  // So much is free on the disk from now on.
  void SetFreeBytes(int64_t bytes) { free_bytes_ = bytes; }

  absl::StatusOr<Recovered> Recover(absl::Time now) override {
    ++recoveries_;
    if (recoveries_to_fail_ > 0) {
      --recoveries_to_fail_;
      return absl::UnavailableError("injected");
    }
    return store_->Recover(now);
  }
  absl::StatusOr<Committed> FindCommitted() override {
    if (committed_is_unreadable_) return absl::UnavailableError("injected");
    return store_->FindCommitted();
  }
  absl::Status LoadLive(absl::FunctionRef<void(LiveState)> add) override {
    return store_->LoadLive([&](LiveState live) {
      if (live.number == wrong_job_) live.state = JobState::kSucceeded;
      add(std::move(live));
    });
  }
  absl::Status LoadKeys(absl::FunctionRef<void(const KeyAdded&)> add) override {
    return store_->LoadKeys(add);
  }
  absl::Status LoadSmallStates(absl::FunctionRef<void(const SmallState&)> add) override {
    return store_->LoadSmallStates(add);
  }
  absl::Status ApplyGroup(const Group& group) override {
    const Fault fault = next_.exchange(Fault::kNone);
    if (fault == Fault::kKeepNothing) return absl::UnavailableError("injected");
    const absl::Status status = store_->ApplyGroup(group);
    return fault == Fault::kKeepEverything ? absl::UnavailableError("injected") : status;
  }
  absl::StatusOr<bool> Tidy() override { return store_->Tidy(); }
  absl::StatusOr<bool> Prune(const Retention& retention, absl::Time now) override {
    const absl::StatusOr<bool> more = store_->Prune(retention, now);
    ++prunings_;
    return more;
  }
  absl::StatusOr<std::unique_ptr<StoreBackup>> StartBackup(const std::string& file_name) override {
    absl::StatusOr<std::unique_ptr<StoreBackup>> backup = store_->StartBackup(file_name);
    if (!backup.ok()) return backup;
    return std::make_unique<HeldBackup>(*std::move(backup), &hold_backups_);
  }
  absl::StatusOr<std::unique_ptr<JobReader>> OpenReader() override { return store_->OpenReader(); }
  std::unique_ptr<StoreCheck> CheckDue() override { return store_->CheckDue(); }
  Stats GetStats() const override {
    Stats stats = store_->GetStats();
    if (free_bytes_ >= 0) stats.disk_free_bytes = free_bytes_;
    return stats;
  }

 private:
  class HeldBackup final : public StoreBackup {
   public:
    HeldBackup(std::unique_ptr<StoreBackup> backup, const std::atomic<bool>* hold)
        : backup_(std::move(backup)), hold_(*hold) {}
    absl::StatusOr<Progress> Step() override {
      if (hold_) return Progress{0, 1, false, ""};
      return backup_->Step();
    }

   private:
    const std::unique_ptr<StoreBackup> backup_;
    const std::atomic<bool>& hold_;
  };

  JobStore* const store_;
  std::atomic<Fault> next_{Fault::kNone};
  std::atomic<int> recoveries_to_fail_{0};
  std::atomic<int> recoveries_{0};
  std::atomic<JobNumber> wrong_job_{0};
  std::atomic<bool> committed_is_unreadable_{false};
  std::atomic<int64_t> free_bytes_{-1};
  std::atomic<int> prunings_{0};
  std::atomic<bool> hold_backups_{false};
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_FAULTY_STORE_H_
