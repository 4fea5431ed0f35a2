#include "base/mutex.h"

#include <algorithm>
#include <chrono>

namespace lull {
namespace {

// Longer waits are cut here, so that the deadline cannot overflow; the caller's loop waits again.
constexpr absl::Duration kLongestWait = absl::Hours(24);

}  // namespace

void CondVar::Wait(Mutex& mutex) {
  std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
  condition_.wait(lock);
  lock.release();
}

bool CondVar::WaitFor(Mutex& mutex, absl::Duration timeout) {
  if (timeout <= absl::ZeroDuration()) return true;
  const std::chrono::nanoseconds wait = absl::ToChronoNanoseconds(std::min(timeout, kLongestWait));
  std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
  const std::cv_status status =
      condition_.wait_until(lock, std::chrono::steady_clock::now() + wait);
  lock.release();
  return status == std::cv_status::timeout && timeout <= kLongestWait;
}

}  // namespace lull
