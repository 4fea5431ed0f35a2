// A program of the project, running as a process of its own, so that a test can do to it what
// happens to real ones: kill it, stop it, start it again.
//
// Its output goes to a file below the test's temporary folder, whose end is printed when the test
// fails. It dies with the test: by the destructor, or by the kernel when the thread that started it
// ends (so start processes on a thread that outlives them, such as the test's own).
#ifndef LULL_TESTS_TESTING_PROCESS_H_
#define LULL_TESTS_TESTING_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lull {

// Of a file that is among the test's data, e.g. "server/lull-server".
std::string RunfilePath(absl::string_view path);

// An empty folder, new for each call.
std::string NewTestFolder(absl::string_view name);

struct ProcessOptions {
  std::string program;                                           // a path
  std::vector<std::string> arguments;                            // without the program's name
  std::vector<std::pair<std::string, std::string>> environment;  // besides the test's own
  std::string log_file;                                          // appended to
};

class Process {
 public:
  // UNAVAILABLE: it could not be started. A program that ends at once is started all the same.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options);

  // Kills it if it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  const std::string& log_file() const { return log_file_; }

  // SIGKILL; it is gone when this returns.
  void Kill();
  // SIGTERM: asks it to end.
  void Terminate();
  // SIGSTOP; it stands still when this returns.
  void Stop();
  // SIGCONT.
  void Continue();

  // The exit status, or 128 + the signal that ended it; nullopt: it still runs after `limit`.
  std::optional<int> AwaitExit(absl::Duration limit);
  bool running() { return !AwaitExit(absl::ZeroDuration()).has_value(); }

  // Waits until the program has written `path` and returns what it holds; programs write such files
  // elsewhere and rename them, so they are whole. DEADLINE_EXCEEDED, or ABORTED if the program
  // ended before; both with the end of its log.
  absl::StatusOr<std::string> AwaitFile(const std::string& path, absl::Duration limit);

  // The last lines of the log.
  std::string LogTail() const;

 private:
  Process(pid_t pid, std::string log_file) : pid_(pid), log_file_(std::move(log_file)) {}
  void Signal(int signal);
  // Takes up what became of it, if anything did; `flags` as of waitpid.
  void Wait(int flags);

  const pid_t pid_;
  const std::string log_file_;
  std::optional<int> exit_status_;
};

}  // namespace lull

#endif  // LULL_TESTS_TESTING_PROCESS_H_
