// A program that this one starts, and its end.
#ifndef LULL_TOOLS_LULL_UP_CHILD_PROCESS_H_
#define LULL_TOOLS_LULL_UP_CHILD_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace lull {

struct ChildCommand {
  // The program's path and its arguments.
  std::vector<std::string> argv;
  // "NAME=VALUE" each, instead of this program's environment.
  std::vector<std::string> environment;
  // Gets stdout and stderr; made if missing, appended to. Empty: this program's own.
  std::string log_path;
};

// How a child ended.
struct ChildEnd {
  // Of exit(); -1 when a signal ended it.
  int exit_code = -1;
  // 0 when it ended by itself.
  int signal = 0;

  // "with exit code 2", "by signal 9 (Killed)".
  std::string ToText() const;
};

// Runs in a process group of its own, so that Ctrl-C on the terminal reaches this program only and
// a second signal is never sent by accident; gets SIGTERM when this program ends in any way.
// Start() is called on the main thread, since that is the thread whose end the kernel looks at.
class ChildProcess {
 public:
  // `on_end` is called once, on another thread. INTERNAL: the system could not start it.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const ChildCommand& command, std::function<void(const ChildEnd&)> on_end);

  // Kills a child that still runs, waits for its end and reaps it. Until then its number is not
  // given to another process.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Does nothing when it has ended.
  void Signal(int signal);

 private:
  ChildProcess(pid_t pid, std::function<void(const ChildEnd&)> on_end);

  const pid_t pid_;
  std::thread waiter_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_UP_CHILD_PROCESS_H_
