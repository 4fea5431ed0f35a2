#include "tools/lull/interruption.h"

#include <utility>

#include "base/clock.h"

namespace lull {

void Interruption::Stop() {
  MutexLock lock(mutex_);
  if (stopped_) return;
  stopped_ = true;
  for (const auto& [number, action] : actions_) action();
  changed_.SignalAll();
}

bool Interruption::stopped() const {
  MutexLock lock(mutex_);
  return stopped_;
}

bool Interruption::WaitFor(absl::Duration duration) const {
  const Clock& clock = SystemClock();
  const absl::Duration end = clock.Now().steady + duration;
  MutexLock lock(mutex_);
  while (!stopped_ && !clock.WaitUntil(changed_, mutex_, end)) {
  }
  return stopped_;
}

Interruption::Registration Interruption::OnStop(std::function<void()> action) {
  MutexLock lock(mutex_);
  if (stopped_) action();
  actions_[++last_number_] = std::move(action);
  return Registration(*this, last_number_);
}

void Interruption::Forget(int64_t number) {
  MutexLock lock(mutex_);
  actions_.erase(number);
}

}  // namespace lull
