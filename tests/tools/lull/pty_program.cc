#include "tests/tools/lull/pty_program.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"

namespace lull {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr int kPollMs = 100;

std::vector<char*> PointersTo(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(const std::vector<std::string>& more) {
  std::vector<std::string> environment = {"TERM=xterm-256color"};
  environment.insert(environment.end(), more.begin(), more.end());
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!absl::StartsWith(*entry, "LULL_") && !absl::StartsWith(*entry, "TERM=") &&
        !absl::StartsWith(*entry, "NO_COLOR=")) {
      environment.emplace_back(*entry);
    }
  }
  return environment;
}

}  // namespace

PtyProgram::PtyProgram(const std::vector<std::string>& argv,
                       const std::vector<std::string>& environment) {
  const std::vector<std::string> whole_environment = EnvironmentWith(environment);
  const std::vector<char*> arguments = PointersTo(argv);
  const std::vector<char*> variables = PointersTo(whole_environment);
  const winsize size = {30, 100, 0, 0};
  pid_ = forkpty(&fd_, nullptr, nullptr, &size);
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execve(arguments[0], arguments.data(), variables.data());
    _exit(127);
  }
}

PtyProgram::~PtyProgram() {
  if (!reaped_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(fd_);
}

void PtyProgram::Type(const std::string& text) {
  if (write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) screen_ += "<eof>";
}

void PtyProgram::Resize(int rows, int columns) {
  const winsize size = {static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0,
                        0};
  ioctl(fd_, TIOCSWINSZ, &size);
}

void PtyProgram::Signal(int signal) { kill(pid_, signal); }

bool PtyProgram::ReadSome() {
  pollfd readable = {fd_, POLLIN, 0};
  if (poll(&readable, 1, kPollMs) <= 0) return true;
  char buffer[4096];
  const ssize_t got = read(fd_, buffer, sizeof(buffer));
  // EIO: the program has closed its side.
  if (got <= 0) return got < 0 && errno == EINTR;
  screen_.append(buffer, got);
  return true;
}

bool PtyProgram::WaitFor(const std::string& text) {
  const absl::Duration end = SystemClock().Now().steady + kPatience;
  for (bool open = true;;) {
    const size_t found = screen_.find(text, looked_at_);
    if (found != std::string::npos) {
      looked_at_ = found + text.size();
      return true;
    }
    if (!open || SystemClock().Now().steady > end) return false;
    open = ReadSome();
  }
}

int PtyProgram::Wait() {
  const absl::Duration end = SystemClock().Now().steady + kPatience;
  while (ReadSome()) {
    if (SystemClock().Now().steady > end) return -1;
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  reaped_ = true;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace lull
