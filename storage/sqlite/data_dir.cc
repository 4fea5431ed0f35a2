#include "storage/sqlite/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace lull {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kOthersRights = 077;

absl::Status SystemError(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// So that a file made in the directory is still there after a power failure.
absl::Status SyncDirectory(const std::string& path) {
  FileDescriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0)
    return SystemError("sync directory", path);
  return absl::OkStatus();
}

std::string ParentOf(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  const size_t slash = path.rfind('/', end);
  if (end == std::string::npos || slash == 0) return "/";
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

absl::Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), kDirectoryMode) == 0) return SyncDirectory(ParentOf(path));
  if (errno != EEXIST) return SystemError("make directory", path);
  struct stat found;
  if (stat(path.c_str(), &found) != 0) return SystemError("look at", path);
  if (!S_ISDIR(found.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a directory"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> OpenLocked(const std::string& path) {
  FileDescriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (lock.get() < 0) return SystemError("open", path);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return SystemError("lock", path);
    char owner[32] = {};
    const ssize_t size = pread(lock.get(), owner, sizeof(owner) - 1, 0);
    return absl::FailedPreconditionError(
        absl::StrCat("another process (", size > 0 ? owner : "of unknown id",
                     ") has this data directory open: it holds the lock on ", path));
  }
  // For the message above only, so a failure to write it does not matter.
  const std::string owner = absl::StrCat("pid ", getpid());
  if (ftruncate(lock.get(), 0) == 0) (void)!pwrite(lock.get(), owner.data(), owner.size(), 0);
  return lock.Release();
}

// SQLite gives the log and the shared memory file the mode of the database file. It must not be
// open yet: closing a file drops all of the process's locks on it.
absl::Status MakePrivateFile(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (file.get() < 0) return SystemError("open", path);
  struct stat found;
  if (fstat(file.get(), &found) != 0) return SystemError("look at", path);
  if ((found.st_mode & kOthersRights) != 0 && fchmod(file.get(), found.st_mode & 0700) != 0) {
    return SystemError("take others' rights from", path);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DataDir>> DataDir::Open(const std::string& path) {
  LULL_RETURN_IF_ERROR(MakeDirectory(path));
  LULL_ASSIGN_OR_RETURN(const int lock, OpenLocked(absl::StrCat(path, "/lull.lock")));
  std::unique_ptr<DataDir> dir(new DataDir(absl::StrCat(path, "/lull.db"), lock));
  LULL_RETURN_IF_ERROR(MakePrivateFile(dir->database_path()));
  LULL_RETURN_IF_ERROR(SyncDirectory(path));
  return dir;
}

DataDir::~DataDir() { close(lock_fd_); }

}  // namespace lull
