#include "tests/integration/commit_watch.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr absl::Duration kRefreshEvery = absl::Milliseconds(200);
constexpr size_t kLineBytes = 256;

// The line "NUMBER 0xARGUMENT ..." of a waiting thread; a running one has another.
struct SystemCall {
  int number = -1;
  long long first_argument = -1;
};

SystemCall Read(int file) {
  char line[kLineBytes];
  const ssize_t size = pread(file, line, sizeof(line) - 1, 0);
  SystemCall call;
  if (size <= 0) return call;
  line[size] = '\0';
  if (std::sscanf(line, "%d %llx", &call.number,
                  reinterpret_cast<unsigned long long*>(&call.first_argument)) != 2) {
    return {};
  }
  return call;
}

CommitWatch::Act ActOf(int number) {
  switch (number) {
    case SYS_write:
    case SYS_pwrite64:
    case SYS_pwritev:
      return CommitWatch::Act::kWrites;
    case SYS_fsync:
    case SYS_fdatasync:
      return CommitWatch::Act::kSyncs;
    default:
      return CommitWatch::Act::kNone;
  }
}

}  // namespace

CommitWatch::CommitWatch(pid_t pid) : folder_(absl::StrCat("/proc/", pid)) {}

CommitWatch::~CommitWatch() {
  for (const int file : threads_) close(file);
}

void CommitWatch::Refresh() {
  for (const int file : threads_) close(file);
  threads_.clear();
  log_files_.clear();
  std::error_code gone;  // threads and files come and go
  for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/task", gone)) {
    const int file = open((entry.path().string() + "/syscall").c_str(), O_RDONLY | O_CLOEXEC);
    if (file >= 0) threads_.push_back(file);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/fd", gone)) {
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    int number = 0;
    if (absl::EndsWith(target, "-wal") &&
        absl::SimpleAtoi(entry.path().filename().string(), &number)) {
      log_files_.insert(number);
    }
  }
}

CommitWatch::Act CommitWatch::Look() const {
  for (const int file : threads_) {
    const SystemCall call = Read(file);
    const Act act = ActOf(call.number);
    if (act != Act::kNone && log_files_.contains(call.first_argument)) return act;
  }
  return Act::kNone;
}

bool CommitWatch::CanSee() {
  Refresh();
  for (const int file : threads_) {
    if (Read(file).number >= 0) return true;  // most wait for something in a system call
  }
  return false;
}

CommitWatch::Act CommitWatch::Await(absl::Duration limit) {
  Act act = Act::kNone;
  PollUntil(
      limit,
      [&] {
        Refresh();
        return PollUntil(
            kRefreshEvery, [&] { return (act = Look()) != Act::kNone; }, absl::ZeroDuration());
      },
      absl::ZeroDuration());
  return act;
}

}  // namespace lull
