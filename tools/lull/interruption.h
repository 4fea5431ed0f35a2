// Ctrl-C and SIGTERM, as the commands see them.
#ifndef LULL_TOOLS_LULL_INTERRUPTION_H_
#define LULL_TOOLS_LULL_INTERRUPTION_H_

#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace lull {

// Set once, never cleared. Called from any thread.
class Interruption {
 public:
  void Stop();

  bool stopped() const;

  // Waits; true, and at once, when Stop() was or is called.
  bool WaitFor(absl::Duration duration) const;

  // Has `action` called by Stop(), on its thread; now, on this thread, if it was called already.
  // `action` has to stay callable as long as this exists.
  void OnStop(std::function<void()> action);

 private:
  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> actions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_INTERRUPTION_H_
