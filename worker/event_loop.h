// One thread on which everything of the worker happens that is not I/O: answers of the server, ends
// of calls and timers arrive here as tasks, so that the parts of the worker need no locks.
#ifndef LULL_WORKER_EVENT_LOOP_H_
#define LULL_WORKER_EVENT_LOOP_H_

#include <map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace lull {

class EventLoop {
 public:
  using Task = absl::AnyInvocable<void()>;

  // `clock` outlives the loop.
  explicit EventLoop(const Clock& clock) : clock_(clock) {}

  // From any thread. Tasks run in the order in which they were posted. What is posted after Stop is
  // dropped when the loop goes away.
  void Post(Task task);
  // Runs `task` when the clock's steady time has moved on by `delay`.
  void PostAfter(absl::Duration delay, Task task);

  // Runs tasks on the calling thread until Stop.
  void Run();
  // From any thread. Tasks that were posted before still run; timers do not.
  void Stop();

  const Clock& clock() const { return clock_; }

 private:
  using Timers = std::multimap<absl::Duration, Task>;

  // Empty when the loop is to end.
  std::vector<Task> Take();

  const Clock& clock_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  Timers timers_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace lull

#endif  // LULL_WORKER_EVENT_LOOP_H_
