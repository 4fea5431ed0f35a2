// A file system of a few hundred megabytes that a test can fill. Needs the right to mount.
#ifndef LULL_TESTS_INTEGRATION_SMALL_DISK_H_
#define LULL_TESTS_INTEGRATION_SMALL_DISK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace lull {

class SmallDisk {
 public:
  enum class Kind { kTmpfs, kExt4 };  // kExt4: in a file, through a loop device

  // Mounts it at `path`, which is made. FAILED_PRECONDITION: it cannot be mounted here.
  static absl::StatusOr<std::unique_ptr<SmallDisk>> Mount(Kind kind, const std::string& path,
                                                          int64_t bytes);
  ~SmallDisk();  // unmounts it

  int64_t FreeBytes() const;
  // Takes up space until only so much is free; gives some back if less is.
  void LeaveFree(int64_t bytes);
  // Takes up everything.
  void Fill();
  // Gives back what the two above took.
  void Free();

 private:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {}
  std::string Filler() const { return path_ + "/filler"; }
  bool Resize(int64_t bytes);

  const std::string path_;
  std::string image_;  // of kExt4
  int64_t filled_ = 0;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_SMALL_DISK_H_
