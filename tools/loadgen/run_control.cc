#include "tools/loadgen/run_control.h"

#include <algorithm>

namespace lull {

int64_t RunControl::TakeJobs(int64_t most, int64_t* first) {
  if (stopped_ || Now() >= end_) return 0;
  *first = started_.fetch_add(most);
  if (jobs_ == 0) return most;
  return std::clamp<int64_t>(jobs_ - *first, 0, most);
}

bool RunControl::over() const { return stopped_ || (jobs_ > 0 && done_ >= jobs_) || Now() >= end_; }

void RunControl::CountDone(int64_t jobs) {
  done_ += jobs;
  MutexLock lock(mutex_);
  progressed_.SignalAll();
}

bool RunControl::WaitUntil(absl::Duration steady) {
  MutexLock lock(mutex_);
  while (!stopped_) {
    if (clock_.WaitUntil(stopping_, mutex_, steady)) return true;
  }
  return false;
}

void RunControl::WaitForDone(int64_t jobs) {
  MutexLock lock(mutex_);
  while (!stopped_ && done_ < jobs) {
    if (clock_.WaitUntil(progressed_, mutex_, end_)) return;
  }
}

void RunControl::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  stopping_.SignalAll();
  progressed_.SignalAll();
}

}  // namespace lull
