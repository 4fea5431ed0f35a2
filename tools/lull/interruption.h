// Ctrl-C and SIGTERM, as the commands see them.
#ifndef LULL_TOOLS_LULL_INTERRUPTION_H_
#define LULL_TOOLS_LULL_INTERRUPTION_H_

#include <cstdint>
#include <functional>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace lull {

// Set once, never cleared. Called from any thread.
class Interruption {
 public:
  // Keeps an action registered. Its end waits for the action if that is being called.
  class Registration {
   public:
    Registration(Interruption& interruption, int64_t number)
        : interruption_(interruption), number_(number) {}
    ~Registration() { interruption_.Forget(number_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Interruption& interruption_;
    const int64_t number_;
  };

  void Stop();

  bool stopped() const;

  // Waits; true, and at once, when Stop() was or is called.
  bool WaitFor(absl::Duration duration) const;

  // Has `action` called by Stop(), on its thread; at once if it was called already. `action` must
  // not call this.
  [[nodiscard]] Registration OnStop(std::function<void()> action);

 private:
  void Forget(int64_t number);

  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int64_t, std::function<void()>> actions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_INTERRUPTION_H_
