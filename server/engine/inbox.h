// What waits for the engine's thread: commands, bounded by number and bytes. Workers' reports have
// room of their own beyond the bound, so that a flood of submits never keeps a paid-for answer out.
// Any thread may push.
#ifndef LULL_SERVER_ENGINE_INBOX_H_
#define LULL_SERVER_ENGINE_INBOX_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "server/engine/command.h"

namespace lull {

class Inbox {
 public:
  struct Limits {
    int64_t calls = 0;
    int64_t bytes = 0;  // of bodies
    int64_t reserved_calls = 0;
    int64_t reserved_bytes = 0;
  };
  Inbox(Limits limits, const Clock* clock) : limits_(limits), clock_(clock) {}

  // RESOURCE_EXHAUSTED when full; the command is dropped then, and its `done` is not called.
  absl::Status Push(Command command);

  // Takes what is there, in order, up to the bounds (at least one); waits for it until this steady
  // time at the latest. Empty: nothing came, or Wake was called.
  std::vector<Command> Take(absl::Duration until, int64_t max_calls, int64_t max_bytes);

  void Wake();

 private:
  struct Waiting {
    Command command;
    int64_t bytes;
  };

  const Limits limits_;
  const Clock* const clock_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_INBOX_H_
