// The directory that holds a store: who may read it, and that one server has it at a time.
#ifndef LULL_STORAGE_SQLITE_DATA_DIR_H_
#define LULL_STORAGE_SQLITE_DATA_DIR_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sqlite/private_file.h"

namespace lull {

// Holds the lock on the directory as long as it lives. The lock is flock's, not SQLite's exclusive
// mode, which would shut out readers too; it goes away with the process, however that ends.
class DataDir {
 public:
  // Makes the directory (mode 0700; its parent must exist) and the database file (0600, empty)
  // where they do not exist, and takes the lock. Takes the group's and others' rights from a file
  // that has them. FAILED_PRECONDITION: another process has the lock, or the path is not a
  // directory. UNAVAILABLE: the system says no.
  static absl::StatusOr<std::unique_ptr<DataDir>> Open(const std::string& path);

  const std::string& path() const { return path_; }
  const std::string& database_path() const { return database_path_; }

 private:
  DataDir(const std::string& path, FileDescriptor lock)
      : path_(path), database_path_(path + "/lull.db"), lock_(std::move(lock)) {}

  const std::string path_;
  const std::string database_path_;
  const FileDescriptor lock_;
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_DATA_DIR_H_
