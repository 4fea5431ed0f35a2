// A real store whose writes fail when a test says so.
#ifndef LULL_TESTS_SERVER_ENGINE_FAULTY_STORE_H_
#define LULL_TESTS_SERVER_ENGINE_FAULTY_STORE_H_

#include <atomic>
#include <memory>
#include <string>

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
  int recoveries() const { return recoveries_; }

  absl::StatusOr<Recovered> Recover(absl::Time now) override {
    ++recoveries_;
    if (recoveries_to_fail_ > 0) {
      --recoveries_to_fail_;
      return absl::UnavailableError("injected");
    }
    return store_->Recover(now);
  }
  absl::Status LoadLive(absl::FunctionRef<void(LiveState)> add) override {
    return store_->LoadLive(add);
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
    return store_->Prune(retention, now);
  }
  absl::StatusOr<std::unique_ptr<StoreBackup>> StartBackup(const std::string& file_name) override {
    return store_->StartBackup(file_name);
  }
  absl::StatusOr<std::unique_ptr<JobReader>> OpenReader() override { return store_->OpenReader(); }
  Stats GetStats() const override { return store_->GetStats(); }

 private:
  JobStore* const store_;
  std::atomic<Fault> next_{Fault::kNone};
  std::atomic<int> recoveries_to_fail_{0};
  std::atomic<int> recoveries_{0};
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_ENGINE_FAULTY_STORE_H_
