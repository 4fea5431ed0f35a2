#include "tests/integration/loop_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "tests/testing/process.h"

namespace lull {
namespace {

constexpr absl::Duration kCommandLimit = absl::Seconds(60);
// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, which no header of the user's has.
constexpr unsigned long kShutdown = _IOR('X', 125, uint32_t);
constexpr uint32_t kWithoutTheLog = 2;

absl::Status Run(const std::string& program, const std::vector<std::string>& arguments) {
  ProcessOptions options;
  options.program = program;
  options.arguments = arguments;
  options.log_file = NewTestFolder("command") + "/log";
  LULL_ASSIGN_OR_RETURN(const std::unique_ptr<Process> process, Process::Start(options));
  const int status = process->AwaitExit(kCommandLimit).value_or(-1);
  if (status == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(program, " ", absl::StrJoin(arguments, " "),
                                             " gave status ", status, ": ", process->LogTail()));
}

// From here on this thread, and what it starts, mounts for itself alone: a sandbox that others
// start meanwhile would keep the file system in use over its remount, and it would stay without
// power.
absl::Status LeaveTheCommonMounts() {
  if (unshare(CLONE_NEWNS) != 0) return absl::ErrnoToStatus(errno, "mounts of one's own");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return absl::ErrnoToStatus(errno, "keeping mounts to oneself");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<LoopDisk>> LoopDisk::Create(int megabytes) {
  if (geteuid() != 0) return absl::UnavailableError("mounting needs root");
  LULL_RETURN_IF_ERROR(LeaveTheCommonMounts());
  const std::string folder = NewTestFolder("loop-disk");
  const std::string image = folder + ".image";
  std::unique_ptr<LoopDisk> disk(new LoopDisk(image, folder));
  LULL_RETURN_IF_ERROR(Run("/usr/bin/truncate", {absl::StrCat("--size=", megabytes, "M"), image}));
  LULL_RETURN_IF_ERROR(Run("/usr/sbin/mkfs.ext4", {"-q", "-F", image}));
  LULL_RETURN_IF_ERROR(disk->Mount());
  return disk;
}

LoopDisk::LoopDisk(std::string image, std::string folder)
    : image_(std::move(image)), folder_(std::move(folder)) {}

LoopDisk::~LoopDisk() {
  if (mounted_) Unmount().IgnoreError();
  std::filesystem::remove(image_);
}

absl::Status LoopDisk::Mount() {
  LULL_RETURN_IF_ERROR(Run("/usr/bin/mount", {"-o", "loop", image_, folder_}));
  mounted_ = true;
  return absl::OkStatus();
}

absl::Status LoopDisk::Unmount() {
  LULL_RETURN_IF_ERROR(Run("/usr/bin/umount", {folder_}));
  mounted_ = false;
  return absl::OkStatus();
}

absl::Status LoopDisk::CutPower() {
  const int fd = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, folder_);
  uint32_t flags = kWithoutTheLog;
  const int result = ioctl(fd, kShutdown, &flags);
  const int error = errno;
  close(fd);
  if (result != 0) return absl::ErrnoToStatus(error, "shutting the file system down");
  return absl::OkStatus();
}

absl::Status LoopDisk::Remount() {
  LULL_RETURN_IF_ERROR(Unmount());
  return Mount();
}

}  // namespace lull
