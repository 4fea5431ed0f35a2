#include "tests/integration/small_disk.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lull {
namespace {

absl::Status Run(const std::string& command) {
  const int result = std::system(absl::StrCat(command, " >/dev/null 2>&1").c_str());
  if (result == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("\"", command, "\" failed"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SmallDisk>> SmallDisk::Mount(Kind kind, const std::string& path,
                                                            int64_t bytes) {
  std::filesystem::create_directories(path);
  std::unique_ptr<SmallDisk> disk(new SmallDisk(path));
  absl::Status mounted;
  if (kind == Kind::kTmpfs) {
    const std::string options = absl::StrCat("size=", bytes, ",mode=0700");
    if (mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) != 0) {
      mounted = absl::FailedPreconditionError(
          absl::StrCat("cannot mount a tmpfs: ", std::strerror(errno)));
    }
  } else {
    const std::string image = path + ".image";
    mounted = Run(absl::StrCat("truncate -s ", bytes, " ", image, " && ",
                               "/usr/sbin/mkfs.ext4 -q -F -m 0 ", image, " && mount -o loop ",
                               image, " ", path, " && chmod 0700 ", path));
    disk->image_ = image;
  }
  if (!mounted.ok()) {
    if (!disk->image_.empty()) std::filesystem::remove(disk->image_);
    return mounted;
  }
  return disk;
}

SmallDisk::~SmallDisk() {
  // Lazily: a process that a failed test left behind must not keep it.
  umount2(path_.c_str(), MNT_DETACH);
  if (!image_.empty()) std::filesystem::remove(image_);
}

int64_t SmallDisk::FreeBytes() const {
  struct statvfs stats;
  EXPECT_EQ(statvfs(path_.c_str(), &stats), 0) << path_;
  return static_cast<int64_t>(stats.f_bavail) * static_cast<int64_t>(stats.f_frsize);
}

bool SmallDisk::Resize(int64_t bytes) {
  const int file = open(Filler().c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool resized = bytes <= filled_ ? ftruncate(file, bytes) == 0
                                        : posix_fallocate(file, filled_, bytes - filled_) == 0;
  close(file);
  if (resized) filled_ = bytes;
  return resized;
}

void SmallDisk::LeaveFree(int64_t bytes) {
  EXPECT_TRUE(Resize(std::max<int64_t>(0, filled_ + FreeBytes() - bytes)));
}

void SmallDisk::Fill() {
  for (int64_t step = FreeBytes(); step > 0; step /= 2) {
    while (Resize(filled_ + step)) {
    }
  }
}

void SmallDisk::Free() {
  unlink(Filler().c_str());
  filled_ = 0;
}

}  // namespace lull
