#include "tests/testing/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr size_t kTailBytes = 6000;
constexpr int kCannotRun = 127;  // as a shell says it

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The child's part. Other threads' locks may be held for ever in it: only async-signal-safe calls
// until exec.
[[noreturn]] void RunChild(pid_t parent, int log, const char* program, char* const* arguments,
                           char* const* environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotRun);  // it died before that took effect
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execve(program, arguments, environment);
  _exit(kCannotRun);
}

}  // namespace

std::string RunfilePath(absl::string_view path) {
  const char* folder = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  if (folder == nullptr || workspace == nullptr) return std::string(path);
  return absl::StrCat(folder, "/", workspace, "/", path);
}

std::string NewTestFolder(absl::string_view name) {
  static std::atomic<int> last{0};
  const std::string path = absl::StrCat(::testing::TempDir(), "/", name, "-", ++last);
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const ProcessOptions& options) {
  std::vector<std::string> arguments = {options.program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  for (const auto& [name, value] : options.environment) {
    environment.push_back(absl::StrCat(name, "=", value));
  }
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const int log =
      open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (log < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot open ", options.log_file, ": ", strerror(errno)));
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    RunChild(parent, log, options.program.c_str(), argument_pointers.data(),
             environment_pointers.data());
  }
  const int error = errno;
  close(log);
  if (pid < 0) return absl::UnavailableError(absl::StrCat("cannot fork: ", strerror(error)));
  return std::unique_ptr<Process>(new Process(pid, options.log_file));
}

Process::~Process() {
  Kill();
  if (::testing::Test::HasFailure()) {
    std::fprintf(stderr, "---- end of %s (status %d)\n%s\n", log_file_.c_str(),
                 exit_status_.value_or(-1), LogTail().c_str());
  }
}

void Process::Signal(int signal) {
  if (!exit_status_) kill(pid_, signal);
}

void Process::Wait(int flags) {
  int status = 0;
  if (exit_status_ || waitpid(pid_, &status, flags) != pid_ || WIFSTOPPED(status)) return;
  exit_status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Process::Kill() {
  Signal(SIGKILL);
  Wait(0);
}

void Process::Stop() {
  Signal(SIGSTOP);
  Wait(WUNTRACED);
}

void Process::Terminate() { Signal(SIGTERM); }
void Process::Continue() { Signal(SIGCONT); }

std::optional<int> Process::AwaitExit(absl::Duration limit) {
  PollUntil(limit, [&] {
    Wait(WNOHANG);
    return exit_status_.has_value();
  });
  return exit_status_;
}

absl::StatusOr<std::string> Process::AwaitFile(const std::string& path, absl::Duration limit) {
  const bool came = PollUntil(limit, [&] { return std::filesystem::exists(path) || !running(); });
  if (!came) {
    return absl::DeadlineExceededError(absl::StrCat(
        path, " was not written in ", absl::FormatDuration(limit), "; the log:\n", LogTail()));
  }
  std::ifstream file(path);
  if (!file) {
    return absl::AbortedError(absl::StrCat("the program ended with status ",
                                           exit_status_.value_or(-1), " before it wrote ", path,
                                           "; the log:\n", LogTail()));
  }
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::string Process::LogTail() const {
  std::ifstream file(log_file_, std::ios::binary | std::ios::ate);
  const auto size = static_cast<size_t>(std::max<std::streamoff>(0, file.tellg()));
  const size_t bytes = std::min(size, kTailBytes);
  file.seekg(static_cast<std::streamoff>(size - bytes));
  std::string tail(bytes, '\0');
  file.read(tail.data(), static_cast<std::streamsize>(bytes));
  return tail;
}

}  // namespace lull
