// One open SQLite connection, set up the way every connection of the store must be.
//
// Closing it leaves the log as it is, unless told otherwise: what a failed sync left there must go
// through a recovery.
//
// The file belongs to the process whose writer has opened it: others find it locked until all of
// the process's connections are closed.
//
// Used by one thread at a time (it has no mutex of its own).
#ifndef LULL_STORAGE_SQLITE_CONNECTION_H_
#define LULL_STORAGE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sqlite/statement.h"

namespace lull {

// In each file's header, so that no other program's database is taken for ours: "Lull".
inline constexpr int64_t kApplicationId = 0x4c756c6c;

class Connection {
 public:
  // The connection that writes and checkpoints; there is one per store. Sets up a file that is
  // still empty. FAILED_PRECONDITION: not a file of Lull's, or a setting did not take. UNAVAILABLE,
  // DATA_LOSS: see sqlite_status.h.
  static absl::StatusOr<std::unique_ptr<Connection>> OpenWriter(const std::string& path);

  // A connection that can only read, and never checkpoints.
  static absl::StatusOr<std::unique_ptr<Connection>> OpenReader(const std::string& path,
                                                                int cache_kib = 4096);

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // For statements that are used again and again. INTERNAL if the SQL is wrong.
  absl::StatusOr<Statement> Prepare(const char* sql);

  // Runs a script of statements, without results.
  absl::Status Execute(const char* script);

  // The single value of a statement without parameters, as text.
  absl::StatusOr<std::string> QueryText(const char* sql);

  enum class CheckpointMode { kPassive, kTruncate };
  enum class Blocked {
    kNot,
    kByOthers,    // a reader or another process stood in the way
    kByFullDisk,  // the main file cannot grow
  };
  struct Checkpointed {
    int log_pages = 0;   // in the log
    int done_pages = 0;  // of these, also in the main file now
    Blocked blocked = Blocked::kNot;
  };
  // Errors are such that what is on disk is not known; `blocked` is not an error.
  absl::StatusOr<Checkpointed> Checkpoint(CheckpointMode mode);

  // Closing brings the log into the main file and removes it, if no other connection is open.
  absl::Status RemoveLogOnClose();

  // A page of the main file, as it is without the log; zeros beyond its end. Into all of `page`.
  absl::Status ReadPage(uint32_t number, std::string* page);

  // From any thread, as long as the connection lives: what it is running fails, UNAVAILABLE.
  void Interrupt() { sqlite3_interrupt(db_); }

  // Ends a transaction that failed, if one is open.
  void Rollback();

  // A copy of the file into that of another handle, page by page; sqlite3_backup_finish ends it,
  // before this connection goes. Commits between the steps go into the copy too.
  absl::StatusOr<sqlite3_backup*> StartCopy(sqlite3* to);

  int64_t page_bytes() const { return page_bytes_; }

  // How many pages the log held after the last commit.
  int log_pages() const { return log_pages_; }

  static constexpr int kBusyTimeoutMillis = 5000;  // at first

  // How long a lock that another connection holds is waited for.
  void SetBusyTimeout(int milliseconds);

 private:
  explicit Connection(sqlite3* db) : db_(db) {}
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, int flags);
  absl::Status SetUpNewFile();
  absl::Status CheckApplication();
  absl::Status SetSwitch(int option, const char* name, bool on);
  struct Setting;
  absl::Status Apply(const Setting& setting);

  sqlite3* const db_;
  int log_pages_ = 0;
  int64_t page_bytes_ = 0;
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_CONNECTION_H_
