#include "tools/loadgen/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace lull {

absl::StatusOr<std::unique_ptr<WorkerProcess>> WorkerProcess::Start(const LoadOptions& options,
                                                                    int number, Finished finished) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return absl::InternalError("no pipe for a worker process");
  std::vector<std::string> words = {
      "loadgen",
      "worker",
      absl::StrCat("--server=", options.server),
      absl::StrCat("--worker-id=loadgen-", getpid(), "-", number),
      absl::StrCat("--time=", absl::FormatDuration(options.time + absl::Minutes(1))),
      absl::StrCat("--connections=1"),
      absl::StrCat("--polls=", options.polls),
      absl::StrCat("--lease-jobs=", options.lease_jobs),
      absl::StrCat("--answer-bytes=", options.answer_bytes),
      absl::StrCat("--credential=", options.credential),
      "--tell"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  pid_t pid = 0;
  const int failed =
      posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(output[1]);
  if (failed != 0) {
    close(output[0]);
    return absl::InternalError("a worker process cannot be started");
  }
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(pid, output[0], std::move(finished)));
}

WorkerProcess::WorkerProcess(pid_t pid, int output, Finished finished)
    : pid_(pid), output_(output), finished_(std::move(finished)) {
  listener_ = std::thread([this] { Listen(); });
}

WorkerProcess::~WorkerProcess() { Stop(); }

void WorkerProcess::Listen() {
  std::string line;
  int64_t told = 0;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(output_, buffer, sizeof buffer)) > 0) {
    for (const char c : absl::string_view(buffer, got)) {
      if (c != '\n') {
        line += c;
        continue;
      }
      int64_t total = 0;
      if (absl::SimpleAtoi(line, &total)) finished_(total - std::exchange(told, total));
      line.clear();
    }
  }
}

void WorkerProcess::Stop() {
  if (pid_ == 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
  listener_.join();
  close(output_);
}

}  // namespace lull
