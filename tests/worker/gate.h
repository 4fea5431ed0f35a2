// Lets one thread wait until another says so.
#ifndef LULL_TESTS_WORKER_GATE_H_
#define LULL_TESTS_WORKER_GATE_H_

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace lull {

class Gate {
 public:
  // Lets one more through.
  void Open() {
    MutexLock lock(mutex_);
    ++open_;
    changed_.SignalAll();
  }
  // Waits for an Open and uses it up.
  void Pass() {
    MutexLock lock(mutex_);
    while (open_ == 0) changed_.Wait(mutex_);
    --open_;
  }
  // Whether Pass would not wait.
  bool IsOpen() {
    MutexLock lock(mutex_);
    return open_ > 0;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_GATE_H_
