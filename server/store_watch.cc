#include "server/store_watch.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/low_priority.h"

namespace lull {

StoreWatch::StoreWatch(JobStore* store, const Clock* clock, Told on_checked, Told on_damage)
    : store_(*store),
      clock_(*clock),
      on_checked_(std::move(on_checked)),
      on_damage_(std::move(on_damage)) {}

StoreWatch::~StoreWatch() { Stop(); }

void StoreWatch::Start() {
  if (!NextCheck(absl::ZeroDuration())) return;
  LogInfo("store", "it was not closed: looking it through in the background");
  thread_ = std::thread([this] { Run(); });
}

void StoreWatch::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (check_ != nullptr) check_->Stop();
    stopped_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

bool StoreWatch::NextCheck(absl::Duration delay) {
  const absl::Duration until = clock_.Now().steady + delay;
  MutexLock lock(mutex_);
  while (!stopping_ && clock_.Now().steady < until) clock_.WaitUntil(stopped_, mutex_, until);
  if (stopping_) return false;
  check_ = store_.CheckDue();
  return check_ != nullptr;
}

void StoreWatch::Run() {
  LowerThreadPriority();
  absl::Duration delay = kFirstDelay;
  while (true) {
    StoreCheck* check = nullptr;
    {
      MutexLock lock(mutex_);
      check = check_.get();  // replaced by this thread alone
    }
    const absl::Duration before = clock_.Now().steady;
    const absl::Status checked = check->Run();
    if (absl::IsCancelled(checked)) return;
    Note(checked, clock_.Now().steady - before);
    if (checked.ok()) return;
    if (absl::IsDataLoss(checked)) return on_damage_(checked);
    if (!NextCheck(delay)) return;
    delay = std::min(delay * 2, kLastDelay);
  }
}

void StoreWatch::Note(const absl::Status& checked, absl::Duration took) {
  on_checked_(checked);
  if (checked.ok()) {
    LogInfo("store", "it was looked through and is whole", {{"took_seconds", took}});
  } else if (!absl::IsDataLoss(checked)) {
    LogWarning("store", "it could not be looked through, and will be later", {{"status", checked}});
  }
}

}  // namespace lull
