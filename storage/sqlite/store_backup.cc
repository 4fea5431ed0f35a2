#include "storage/sqlite/store_backup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/sql.h"
#include "storage/sqlite/sqlite_status.h"

namespace lull {
namespace {

constexpr absl::string_view kPart = ".part";

// Through SQLite's own file layer, as it made them.
void RemoveFile(const std::string& path) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  (void)vfs->xDelete(vfs, path.c_str(), 0);  // one that stays is removed by the next backup
}

void RemovePart(const std::string& part_path) {
  RemoveFile(part_path);
  RemoveFile(part_path + "-wal");
}

// What backups left that were under way when their process ended.
absl::Status RemoveParts(const std::string& folder) {
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return SystemError("list", folder);
  std::vector<std::string> parts;
  while (const dirent* entry = readdir(directory)) {
    if (absl::EndsWith(entry->d_name, kPart)) parts.emplace_back(entry->d_name);
  }
  closedir(directory);
  for (const std::string& part : parts) RemovePart(absl::StrCat(folder, "/", part));
  return absl::OkStatus();
}

absl::Status CheckFileName(const std::string& name) {
  const bool plain = !name.empty() && name.size() <= 200 && name[0] != '.' &&
                     !absl::EndsWith(name, kPart) && name.find('/') == std::string::npos &&
                     name.find('\0') == std::string::npos;
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", name, "\" is no name for a backup: it must be that of a file, of 200 bytes at most, ",
      "without \"/\", and neither begin with \".\" nor end with \"", kPart, "\""));
}

}  // namespace

SqliteStoreBackup::SqliteStoreBackup(const std::string& folder, const std::string& file_name,
                                     int step_pages, int64_t page_bytes,
                                     SqliteStoreBackup** running)
    : folder_(folder),
      part_path_(absl::StrCat(folder, "/", file_name, kPart)),
      path_(absl::StrCat(folder, "/", file_name)),
      step_pages_(step_pages),
      page_bytes_(page_bytes),
      running_(running) {}

absl::StatusOr<std::unique_ptr<SqliteStoreBackup>> SqliteStoreBackup::Start(
    Connection& source, const std::string& folder, const std::string& file_name, int step_pages,
    SqliteStoreBackup** running) {
  if (*running != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("a backup is under way: ", (*running)->path_));
  }
  LULL_RETURN_IF_ERROR(CheckFileName(file_name));
  LULL_RETURN_IF_ERROR(MakePrivateDirectory(folder));
  LULL_RETURN_IF_ERROR(RemoveParts(folder));
  std::unique_ptr<SqliteStoreBackup> backup(
      new SqliteStoreBackup(folder, file_name, step_pages, source.page_bytes(), running));
  if (access(backup->path_.c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(absl::StrCat("there is a backup ", backup->path_, " already"));
  }
  *running = backup.get();
  LULL_RETURN_IF_ERROR(backup->Open(source));
  return backup;
}

SqliteStoreBackup::~SqliteStoreBackup() {
  if (!progress_.done) End(absl::CancelledError("the backup was given up"));
}

absl::Status SqliteStoreBackup::Open(Connection& source) {
  LULL_RETURN_IF_ERROR(MakePrivateFile(part_path_));
  part_ = FileDescriptor(open(part_path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (part_.get() < 0) return SystemError("open", part_path_);
  const int code =
      sqlite3_open_v2(part_path_.c_str(), &target_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) return SqliteStatus(code, target_, absl::StrCat("open ", part_path_));
  // Nobody else uses the file, and one that was not finished is thrown away.
  LULL_RETURN_IF_ERROR(
      Execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF;"
              "PRAGMA synchronous=FULL; PRAGMA cache_size=-4096"));
  LULL_ASSIGN_OR_RETURN(copy_, source.StartCopy(target_));
  return absl::OkStatus();
}

absl::StatusOr<StoreBackup::Progress> SqliteStoreBackup::Step() {
  LULL_RETURN_IF_ERROR(ended_);
  if (progress_.done) return progress_;
  const absl::Status status = CopySome();
  if (status.ok()) return progress_;
  End(status);
  return status;
}

absl::Status SqliteStoreBackup::CopySome() {
  const int code = sqlite3_backup_step(copy_, step_pages_);
  if (code != SQLITE_OK && code != SQLITE_DONE) {
    return SqliteStatus(code, nullptr, absl::StrCat("copy the store into ", part_path_));
  }
  const int64_t pages = sqlite3_backup_pagecount(copy_);
  progress_.total_bytes = pages * page_bytes_;
  progress_.copied_bytes = (pages - sqlite3_backup_remaining(copy_)) * page_bytes_;
  if (code == SQLITE_DONE) return Finish();
  // Begins to write what the system holds back, so that the sync at the end is short.
  (void)sync_file_range(part_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  return absl::OkStatus();
}

absl::Status SqliteStoreBackup::Finish() {
  const int code = sqlite3_backup_finish(std::exchange(copy_, nullptr));
  if (code != SQLITE_OK) {
    return SqliteStatus(code, target_, absl::StrCat("copy the store into ", part_path_));
  }
  LULL_RETURN_IF_ERROR(BecomeAnotherStore());
  const int closed = sqlite3_close(std::exchange(target_, nullptr));
  if (closed != SQLITE_OK) return SqliteStatus(closed, nullptr, "close " + part_path_);
  if (fsync(part_.get()) != 0) return SystemError("sync", part_path_);
  if (rename(part_path_.c_str(), path_.c_str()) != 0) return SystemError("rename", part_path_);
  const absl::Status synced = SyncDirectory(folder_);
  if (!synced.ok()) {
    RemoveFile(path_);
    return synced;
  }
  part_.Close();
  progress_.done = true;
  progress_.path = path_;
  *running_ = nullptr;
  return absl::OkStatus();
}

absl::Status SqliteStoreBackup::BecomeAnotherStore() {
  LULL_RETURN_IF_ERROR(Execute(sql::kChangeInstance));
  // The copy is in WAL mode, as the original: its change has to come out of the log.
  const int code =
      sqlite3_wal_checkpoint_v2(target_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  return SqliteStatus(code, target_, absl::StrCat("checkpoint ", part_path_));
}

absl::Status SqliteStoreBackup::Execute(const char* sql) {
  const int code = sqlite3_exec(target_, sql, nullptr, nullptr, nullptr);
  return SqliteStatus(code, target_, absl::StrCat("prepare ", part_path_));
}

void SqliteStoreBackup::End(absl::Status why) {
  if (progress_.done || !ended_.ok()) return;
  ended_ = std::move(why);
  *running_ = nullptr;
  Close();
  RemovePart(part_path_);
}

void SqliteStoreBackup::Close() {
  // What fails here is thrown away.
  if (copy_ != nullptr) sqlite3_backup_finish(std::exchange(copy_, nullptr));
  if (target_ != nullptr) sqlite3_close(std::exchange(target_, nullptr));
  part_.Close();
}

}  // namespace lull
