#include "tools/lull/interruption.h"

#include <utility>

#include "base/clock.h"

namespace lull {

void Interruption::Stop() {
  std::vector<std::function<void()>> actions;
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    actions.swap(actions_);
    changed_.SignalAll();
  }
  for (const auto& action : actions) action();
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

void Interruption::OnStop(std::function<void()> action) {
  {
    MutexLock lock(mutex_);
    if (!stopped_) {
      actions_.push_back(std::move(action));
      return;
    }
  }
  action();
}

}  // namespace lull
