// An open file that is closed with its owner.
#ifndef LULL_TOOLS_LULL_BATCH_FILE_DESCRIPTOR_H_
#define LULL_TOOLS_LULL_BATCH_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace lull {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { Close(); }

  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  // -1: none.
  int get() const { return fd_; }

 private:
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int fd_ = -1;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_FILE_DESCRIPTOR_H_
