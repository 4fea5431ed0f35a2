// Directories and files that only their owner may use.
//
// Errors: UNAVAILABLE if the system says no.
#ifndef LULL_STORAGE_SQLITE_PRIVATE_FILE_H_
#define LULL_STORAGE_SQLITE_PRIVATE_FILE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lull {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { Close(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  void Close();

 private:
  int fd_ = -1;
};

// "cannot WHAT PATH: " and what errno says.
absl::Status SystemError(absl::string_view what, const std::string& path);

// Makes the directory (mode 0700; its parent must exist), if there is none, so that it is still
// there after a power failure. FAILED_PRECONDITION: the path is something else.
absl::Status MakePrivateDirectory(const std::string& path);

// Makes the file (0600, empty), if there is none. Takes the group's and others' rights from one
// that has them. SQLite must not have it open: closing a file drops all of the process's locks on
// it.
absl::Status MakePrivateFile(const std::string& path);

// So that what was made, renamed or removed in the directory is so after a power failure.
absl::Status SyncDirectory(const std::string& path);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_PRIVATE_FILE_H_
