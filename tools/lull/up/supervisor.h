// Keeps child processes running.
#ifndef LULL_TOOLS_LULL_UP_SUPERVISOR_H_
#define LULL_TOOLS_LULL_UP_SUPERVISOR_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "tools/lull/interruption.h"
#include "tools/lull/up/child_process.h"
#include "tools/lull/up/restart_pace.h"

namespace lull {

struct SupervisedProgram {
  // For messages, e.g. "lull-server".
  std::string name;
  // Asked before each start.
  std::function<ChildCommand()> command;
  // The program writes this file when it is ready; it is removed before each start.
  std::string ready_path;
};

// Starts programs one after the other and starts those again that end. Ends its children when it is
// destroyed. Used by the main thread only.
class Supervisor {
 public:
  // `interruption` has to outlive this. `say` gets messages for a person.
  Supervisor(const Clock& clock, Interruption& interruption,
             std::function<void(absl::string_view)> say);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Starts the program and waits until it is ready; what it wrote into its ready file.
  // FAILED_PRECONDITION: it ended before; the message has the end of its log. CANCELLED:
  // interrupted.
  absl::StatusOr<std::string> Start(SupervisedProgram program);

  // Keeps all running until the interruption, which is OK. FAILED_PRECONDITION: a program ends
  // again and again. `on_restart` is called whenever a program is ready again.
  absl::Status Run(const std::function<void()>& on_restart);

  // Stops all, the last started first, each with `grace` to end by itself.
  void Stop(absl::Duration grace);

  // Of those that run, in the order of their start; 0 for those that do not right now.
  std::vector<pid_t> Pids() const;

 private:
  struct Child;

  absl::Status Launch(size_t index);
  absl::Status Step();
  absl::Status OnEnd(size_t index, const ChildEnd& end);
  absl::Status OnReady(Child& child);
  // Returns at `until` or when a child has ended, and, unless it is `stopping`, on the
  // interruption.
  void Wait(absl::Duration until, bool stopping = false);
  absl::Duration NextTimer() const;
  std::vector<std::pair<size_t, ChildEnd>> TakeEnds();

  const Clock& clock_;
  Interruption& interruption_;
  const std::function<void(absl::string_view)> say_;
  std::vector<std::unique_ptr<Child>> children_;
  bool restarted_ = false;
  absl::Duration rotate_at_;

  Mutex mutex_;
  CondVar changed_;
  // Ends that were not looked at, with the child's index.
  std::vector<std::pair<size_t, ChildEnd>> ends_ ABSL_GUARDED_BY(mutex_);
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
  const Interruption::Registration registration_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_UP_SUPERVISOR_H_
