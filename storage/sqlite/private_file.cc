#include "storage/sqlite/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kOthersRights = 077;

std::string ParentOf(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  const size_t slash = path.rfind('/', end);
  if (end == std::string::npos || slash == 0) return "/";
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  Close();
  fd_ = other.Release();
  return *this;
}

void FileDescriptor::Close() {
  if (fd_ >= 0) close(Release());
}

absl::Status SystemError(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status MakePrivateDirectory(const std::string& path) {
  if (mkdir(path.c_str(), kDirectoryMode) == 0) return SyncDirectory(ParentOf(path));
  if (errno != EEXIST) return SystemError("make directory", path);
  struct stat found;
  if (stat(path.c_str(), &found) != 0) return SystemError("look at", path);
  if (!S_ISDIR(found.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a directory"));
  }
  return absl::OkStatus();
}

absl::Status MakePrivateFile(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (file.get() < 0) return SystemError("open", path);
  struct stat found;
  if (fstat(file.get(), &found) != 0) return SystemError("look at", path);
  if ((found.st_mode & kOthersRights) != 0 && fchmod(file.get(), found.st_mode & 0700) != 0) {
    return SystemError("take others' rights from", path);
  }
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  const FileDescriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0)
    return SystemError("sync directory", path);
  return absl::OkStatus();
}

}  // namespace lull
