// A small file system of its own, in a file, whose power a test can cut: what was not on disk by
// then is gone. Needs root.
#ifndef LULL_TESTS_INTEGRATION_LOOP_DISK_H_
#define LULL_TESTS_INTEGRATION_LOOP_DISK_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lull {

// An ext4 file system with its journal, on a loop device. Used by one thread, which it gives mounts
// of its own: only that thread, and the threads and processes that it starts, see the files.
// Unmounted by the destructor.
class LoopDisk {
 public:
  // An error: this machine or this user cannot, and why.
  static absl::StatusOr<std::unique_ptr<LoopDisk>> Create(int megabytes);
  ~LoopDisk();
  LoopDisk(const LoopDisk&) = delete;
  LoopDisk& operator=(const LoopDisk&) = delete;

  // Where it is mounted.
  const std::string& folder() const { return folder_; }

  // From now on every write, sync and new file fails, and nothing that is only in memory, the
  // journal's included, will reach the disk.
  absl::Status CutPower();
  // Mounts it again as after a boot: from what is on the disk. Nobody may use it meanwhile.
  absl::Status Remount();

 private:
  LoopDisk(std::string image, std::string folder);
  absl::Status Mount();
  absl::Status Unmount();

  const std::string image_;
  const std::string folder_;
  bool mounted_ = false;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_LOOP_DISK_H_
