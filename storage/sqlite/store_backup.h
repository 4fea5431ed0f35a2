// Copies a store's file, a few megabytes at a time, while groups are written between the steps. The
// copy stands on the connection that writes, so what is committed meanwhile goes into it too; and
// it never touches the store's own files.
//
// The file is written as NAME.part and gets its name when it is whole and on disk. It is a store of
// its own: it has another instance, so that no lease that the original gives after the backup can
// be taken for one that the copy gives when it is put in the original's place.
//
// Owned by whoever asked for it, used by the engine's thread. SqliteJobStore ends it when it closes
// the connection.
#ifndef LULL_STORAGE_SQLITE_STORE_BACKUP_H_
#define LULL_STORAGE_SQLITE_STORE_BACKUP_H_

#include <sqlite3.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/job_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/private_file.h"

namespace lull {

class SqliteStoreBackup final : public StoreBackup {
 public:
  // `running` is where the store remembers the backup under way: set now, and to nullptr when it is
  // over. Makes `folder` if there is none, and removes what an unfinished backup left there.
  // INVALID_ARGUMENT: not a plain file name. ALREADY_EXISTS. FAILED_PRECONDITION: one is under way.
  static absl::StatusOr<std::unique_ptr<SqliteStoreBackup>> Start(Connection& source,
                                                                  const std::string& folder,
                                                                  const std::string& file_name,
                                                                  int step_pages,
                                                                  SqliteStoreBackup** running);
  ~SqliteStoreBackup() override;
  SqliteStoreBackup(const SqliteStoreBackup&) = delete;
  SqliteStoreBackup& operator=(const SqliteStoreBackup&) = delete;

  absl::StatusOr<Progress> Step() override;

  // Gives up what is not done; `why` is what Step() says from now on.
  void End(absl::Status why);

 private:
  SqliteStoreBackup(const std::string& folder, const std::string& file_name, int step_pages,
                    int64_t page_bytes, SqliteStoreBackup** running);
  absl::Status Open(Connection& source);
  absl::Status CopySome();
  absl::Status Finish();
  absl::Status BecomeAnotherStore();
  absl::Status Execute(const char* sql);
  void Close();

  const std::string folder_;
  const std::string part_path_;
  const std::string path_;
  const int step_pages_;
  const int64_t page_bytes_;
  SqliteStoreBackup** const running_;

  sqlite3* target_ = nullptr;
  sqlite3_backup* copy_ = nullptr;
  FileDescriptor part_;
  Progress progress_;
  absl::Status ended_;  // OK: under way, or done
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_STORE_BACKUP_H_
