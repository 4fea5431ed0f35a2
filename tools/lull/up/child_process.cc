#include "tools/lull/up/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

constexpr int kCannotRun = 127;

// In the child, between fork() and exec(): calls only what is safe there.
[[noreturn]] void RunProgram(char* const* argv, char* const* environment, int log_fd,
                             pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have ended before that.
  if (getppid() != parent) _exit(kCannotRun);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (log_fd >= 0) {
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
  }
  execve(argv[0], argv, environment);
  _exit(kCannotRun);
}

std::vector<char*> PointersTo(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

absl::Status SystemError(absl::string_view what) {
  return absl::InternalError(absl::StrCat("cannot ", what, ": ", strerror(errno)));
}

}  // namespace

std::string ChildEnd::ToText() const {
  if (signal == 0) return absl::StrCat("with exit code ", exit_code);
  return absl::StrCat("by signal ", signal, " (", strsignal(signal), ")");
}

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const ChildCommand& command, std::function<void(const ChildEnd&)> on_end) {
  int log_fd = -1;
  if (!command.log_path.empty()) {
    log_fd = open(command.log_path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (log_fd < 0) return SystemError(absl::StrCat("open ", command.log_path));
  }
  const std::vector<char*> argv = PointersTo(command.argv);
  const std::vector<char*> environment = PointersTo(command.environment);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) RunProgram(argv.data(), environment.data(), log_fd, parent);
  if (log_fd >= 0) close(log_fd);
  if (pid < 0) return SystemError("start another process");
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, std::move(on_end)));
}

ChildProcess::ChildProcess(pid_t pid, std::function<void(const ChildEnd&)> on_end)
    : pid_(pid), waiter_([pid, on_end = std::move(on_end)] {
        siginfo_t info = {};
        while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) < 0 &&
               errno == EINTR) {
        }
        ChildEnd end;
        if (info.si_code == CLD_EXITED) {
          end.exit_code = info.si_status;
        } else {
          end.signal = info.si_status;
        }
        on_end(end);
      }) {}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  waiter_.join();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::Signal(int signal) { kill(pid_, signal); }

}  // namespace lull
