#include "storage/sqlite/log_rewriter.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"
#include "storage/sqlite/sqlite_status.h"

namespace lull {
namespace {

constexpr int64_t kBlockBytes = 64 * 1024;  // SQLite's unix file layer cannot write 128 KiB at once

// The log through SQLite's own file layer, which is what all other writes to it go through.
class LogFile {
 public:
  explicit LogFile(const std::string& database_path)
      : vfs_(sqlite3_vfs_find(nullptr)),
        name_(sqlite3_create_filename(database_path.c_str(), "", (database_path + "-wal").c_str(),
                                      0, nullptr)),
        memory_(new char[static_cast<size_t>(vfs_->szOsFile)]()),
        file_(reinterpret_cast<sqlite3_file*>(memory_.get())) {
    file_->pMethods = nullptr;
  }
  ~LogFile() {
    if (file_->pMethods != nullptr) file_->pMethods->xClose(file_);
    sqlite3_free_filename(const_cast<char*>(name_));
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  int Exists(int* exists) { return vfs_->xAccess(vfs_, path(), SQLITE_ACCESS_EXISTS, exists); }
  int Open() {
    return vfs_->xOpen(vfs_, path(), file_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, nullptr);
  }

  int Rewrite() {
    sqlite3_int64 size = 0;
    int code = file_->pMethods->xFileSize(file_, &size);
    const std::unique_ptr<char[]> block(new char[kBlockBytes]);
    for (int64_t offset = 0; code == SQLITE_OK && offset < size; offset += kBlockBytes) {
      const int bytes = static_cast<int>(std::min<int64_t>(kBlockBytes, size - offset));
      code = file_->pMethods->xRead(file_, block.get(), bytes, offset);
      if (code == SQLITE_OK) code = file_->pMethods->xWrite(file_, block.get(), bytes, offset);
    }
    if (code != SQLITE_OK || size == 0) return code;
    return file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL);
  }

 private:
  const char* path() const { return sqlite3_filename_wal(name_); }

  sqlite3_vfs* const vfs_;
  const char* const name_;
  const std::unique_ptr<char[]> memory_;
  sqlite3_file* const file_;
};

}  // namespace

absl::Status RewriteLog(const std::string& database_path) {
  LogFile log(database_path);
  int exists = 0;
  int code = log.Exists(&exists);
  if (code == SQLITE_OK && exists == 0) return absl::OkStatus();
  if (code == SQLITE_OK) code = log.Open();
  if (code == SQLITE_OK) code = log.Rewrite();
  return SqliteStatus(code, nullptr, absl::StrCat("rewrite ", database_path, "-wal"));
}

}  // namespace lull
