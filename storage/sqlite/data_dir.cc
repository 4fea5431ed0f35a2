#include "storage/sqlite/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/private_file.h"

namespace lull {
namespace {

constexpr mode_t kLockFileMode = 0600;

absl::StatusOr<FileDescriptor> OpenLocked(const std::string& path) {
  FileDescriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kLockFileMode));
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
  return lock;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DataDir>> DataDir::Open(const std::string& path) {
  LULL_RETURN_IF_ERROR(MakePrivateDirectory(path));
  LULL_ASSIGN_OR_RETURN(FileDescriptor lock, OpenLocked(absl::StrCat(path, "/lull.lock")));
  std::unique_ptr<DataDir> dir(new DataDir(path, std::move(lock)));
  // SQLite gives the log and the shared memory file the mode of the database file.
  LULL_RETURN_IF_ERROR(MakePrivateFile(dir->database_path()));
  LULL_RETURN_IF_ERROR(SyncDirectory(path));
  return dir;
}

}  // namespace lull
