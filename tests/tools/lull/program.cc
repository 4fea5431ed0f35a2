#include "tests/tools/lull/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tests/tools/lull/batch/scratch_file.h"
#include "tools/lull/interruption.h"

namespace lull {
namespace {

std::vector<char*> PointersTo(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(const std::vector<std::string>& more) {
  std::vector<std::string> environment = more;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const absl::string_view name(*entry, absl::string_view(*entry).find('=') + 1);
    bool replaced = absl::StartsWith(name, "LULL_");
    for (const std::string& other : more) replaced = replaced || absl::StartsWith(other, name);
    if (!replaced) environment.emplace_back(*entry);
  }
  return environment;
}

}  // namespace

Program::Program(const std::vector<std::string>& argv,
                 const std::vector<std::string>& environment) {
  static int count = 0;
  const std::string name = absl::StrCat("program-", ++count);
  out_path_ = WriteScratch(name + ".out", "");
  err_path_ = WriteScratch(name + ".err", "");
  const std::vector<std::string> whole_environment = EnvironmentWith(environment);
  const std::vector<char*> arguments = PointersTo(argv);
  const std::vector<char*> variables = PointersTo(whole_environment);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(open(out_path_.c_str(), O_WRONLY | O_APPEND), STDOUT_FILENO);
    dup2(open(err_path_.c_str(), O_WRONLY | O_APPEND), STDERR_FILENO);
    execve(arguments[0], arguments.data(), variables.data());
    _exit(127);
  }
}

Program::~Program() {
  Signal(SIGKILL);
  Wait();
}

void Program::Reap(int options) {
  if (ended_) return;
  int status = 0;
  pid_t reaped;
  do {
    reaped = waitpid(pid_, &status, options);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != pid_) return;
  ended_ = true;
  code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool Program::Running() {
  Reap(WNOHANG);
  return !ended_;
}

void Program::Signal(int signal) {
  if (Running()) kill(pid_, signal);
}

int Program::Wait() {
  Reap(0);
  return code_;
}

std::string Program::Out() const { return ReadFile(out_path_); }

std::string Program::Err() const { return ReadFile(err_path_); }

bool Eventually(const std::function<bool()>& condition) {
  constexpr absl::Duration kInterval = absl::Milliseconds(20);
  constexpr absl::Duration kLimit = absl::Minutes(1);
  const Interruption never;
  const absl::Duration end = SystemClock().Now().steady + kLimit;
  while (!condition()) {
    if (SystemClock().Now().steady > end) return false;
    never.WaitFor(kInterval);
  }
  return true;
}

std::string DataPath(const std::string& path) {
  return absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"), "/", path);
}

}  // namespace lull
