#include "worker/event_loop.h"

#include <utility>

namespace lull {

void EventLoop::Post(Task task) {
  MutexLock lock(mutex_);
  tasks_.push_back(std::move(task));
  changed_.Signal();
}

void EventLoop::PostAfter(absl::Duration delay, Task task) {
  const absl::Duration at = clock_.Now().steady + delay;
  MutexLock lock(mutex_);
  timers_.emplace(at, std::move(task));
  changed_.Signal();
}

void EventLoop::Run() {
  while (true) {
    std::vector<Task> tasks = Take();
    if (tasks.empty()) return;
    for (Task& task : tasks) task();
  }
}

void EventLoop::Stop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  changed_.Signal();
}

std::vector<EventLoop::Task> EventLoop::Take() {
  MutexLock lock(mutex_);
  while (true) {
    std::vector<Task> taken = std::exchange(tasks_, {});
    if (stopping_) return taken;
    const absl::Duration now = clock_.Now().steady;
    while (!timers_.empty() && timers_.begin()->first <= now) {
      taken.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    if (!taken.empty()) return taken;
    clock_.WaitUntil(changed_, mutex_,
                     timers_.empty() ? absl::InfiniteDuration() : timers_.begin()->first);
  }
}

}  // namespace lull
