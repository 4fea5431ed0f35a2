#include "storage/sqlite/connection.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "storage/sqlite/sqlite_status.h"

namespace lull {

// A pragma and what reading it back must give.
struct Connection::Setting {
  const char* set;
  const char* read;
  const char* expected;
};

namespace {

// SQLite's file layer that keeps the index of the log in the memory of the one process which has
// the file. The usual one maps a file of 32 KiB and more, which is made anew by every recovery: on
// a full disk that fails, or a write to the mapping ends the process (SIGBUS) where the file
// system's blocks are smaller than a page of memory. Null, the default one, is a test's own.
const char* FileLayer() {
  return absl::string_view(sqlite3_vfs_find(nullptr)->zName) == "unix" ? "unix-excl" : nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path, int flags) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, FileLayer());
  std::unique_ptr<Connection> connection(
      new Connection(db));  // the handle must be closed also after an error
  if (code != SQLITE_OK) return SqliteStatus(code, db, absl::StrCat("open ", path));
  connection->SetBusyTimeout(kBusyTimeoutMillis);
  LULL_RETURN_IF_ERROR(connection->SetSwitch(SQLITE_DBCONFIG_DEFENSIVE, "DEFENSIVE", true));
  LULL_RETURN_IF_ERROR(
      connection->SetSwitch(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, "NO_CKPT_ON_CLOSE", true));
  LULL_RETURN_IF_ERROR(connection->SetSwitch(SQLITE_DBCONFIG_DQS_DML, "DQS_DML", false));
  LULL_RETURN_IF_ERROR(connection->SetSwitch(SQLITE_DBCONFIG_DQS_DDL, "DQS_DDL", false));
  LULL_RETURN_IF_ERROR(
      connection->SetSwitch(SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, "ENABLE_LOAD_EXTENSION", false));
  for (const Setting& setting : std::initializer_list<Setting>{
           {"PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", "0"},
           {"PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1"},
           {"PRAGMA mmap_size=0", "PRAGMA mmap_size", "0"},
           {"PRAGMA temp_store=MEMORY", "PRAGMA temp_store", "2"},
           {"PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1"},
       }) {
    LULL_RETURN_IF_ERROR(connection->Apply(setting));
  }
  return connection;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::OpenWriter(const std::string& path) {
  LULL_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                        Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  LULL_ASSIGN_OR_RETURN(const std::string pages, connection->QueryText("PRAGMA page_count"));
  if (pages == "0") LULL_RETURN_IF_ERROR(connection->SetUpNewFile());
  LULL_RETURN_IF_ERROR(connection->CheckApplication());
  for (const Setting& setting : std::initializer_list<Setting>{
           {"PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal"},
           {"PRAGMA synchronous=FULL", "PRAGMA synchronous", "2"},
           // The store checkpoints when it chooses to, not in the middle of a commit.
           {"PRAGMA wal_autocheckpoint=0", "PRAGMA wal_autocheckpoint", "0"},
           {"PRAGMA secure_delete=OFF", "PRAGMA secure_delete", "0"},
           {"PRAGMA cache_size=-65536", "PRAGMA cache_size", "-65536"},
           {"PRAGMA auto_vacuum", "PRAGMA auto_vacuum", "2"},
       }) {
    LULL_RETURN_IF_ERROR(connection->Apply(setting));
  }
  LULL_ASSIGN_OR_RETURN(const std::string page_bytes, connection->QueryText("PRAGMA page_size"));
  if (!absl::SimpleAtoi(page_bytes, &connection->page_bytes_)) {
    return absl::InternalError(absl::StrCat("SQLite's pages have ", page_bytes, " bytes"));
  }
  // Replaces the hook of automatic checkpoints, which are off.
  sqlite3_wal_hook(
      connection->db_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Connection*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      connection.get());
  return connection;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::OpenReader(const std::string& path,
                                                                   int cache_kib) {
  LULL_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Open(path, SQLITE_OPEN_READONLY));
  const std::string cache = absl::StrCat("PRAGMA cache_size=-", cache_kib);
  const std::string cache_read = absl::StrCat("-", cache_kib);
  for (const Setting& setting : std::initializer_list<Setting>{
           {cache.c_str(), "PRAGMA cache_size", cache_read.c_str()},
           {"PRAGMA query_only=ON", "PRAGMA query_only", "1"},
           {"PRAGMA wal_autocheckpoint=0", "PRAGMA wal_autocheckpoint", "0"},
       }) {
    LULL_RETURN_IF_ERROR(connection->Apply(setting));
  }
  return connection;
}

// In this order: once the file is in WAL mode, or has its first page, auto_vacuum is ignored
// without an error. Setting it writes the first page, so the application id must come in the same
// transaction: a crash in between would leave a file that looks like another program's.
absl::Status Connection::SetUpNewFile() {
  LULL_RETURN_IF_ERROR(Apply({"PRAGMA page_size=8192", "PRAGMA page_size", "8192"}));
  return Execute(absl::StrCat("BEGIN; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA application_id=",
                              kApplicationId, "; COMMIT")
                     .c_str());
}

absl::Status Connection::CheckApplication() {
  LULL_ASSIGN_OR_RETURN(const std::string id, QueryText("PRAGMA application_id"));
  if (id == absl::StrCat(kApplicationId)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      sqlite3_db_filename(db_, "main"), " is a database of another program (application id ", id,
      ", expected ", kApplicationId, "); choose another data directory"));
}

absl::Status Connection::SetSwitch(int option, const char* name, bool on) {
  int now = -1;
  const int code = sqlite3_db_config(db_, option, on ? 1 : 0, &now);
  if (code == SQLITE_OK && now == (on ? 1 : 0)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("this SQLite library (", sqlite3_libversion(),
                                                    ") does not let ", name, " be switched ",
                                                    on ? "on" : "off"));
}

absl::Status Connection::Apply(const Setting& setting) {
  LULL_RETURN_IF_ERROR(Execute(setting.set));
  LULL_ASSIGN_OR_RETURN(const std::string value, QueryText(setting.read));
  if (value == setting.expected) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("\"", setting.set, "\" did not take: it reads ",
                                                    value, ", expected ", setting.expected));
}

Connection::~Connection() { sqlite3_close(db_); }

absl::StatusOr<Statement> Connection::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return SqliteStatus(code, db_, absl::StrCat("prepare \"", sql, "\""));
  return Statement(statement);
}

absl::Status Connection::Execute(const char* script) {
  return SqliteStatus(sqlite3_exec(db_, script, nullptr, nullptr, nullptr), db_,
                      absl::StrCat("run \"", script, "\""));
}

absl::StatusOr<std::string> Connection::QueryText(const char* sql) {
  LULL_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  LULL_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return absl::InternalError(absl::StrCat("\"", sql, "\" gave no value"));
  return std::string(statement.Text());
}

absl::StatusOr<Connection::Checkpointed> Connection::Checkpoint(CheckpointMode mode) {
  Checkpointed result;
  const bool truncate = mode == CheckpointMode::kTruncate;
  const int code = sqlite3_wal_checkpoint_v2(
      db_, "main", truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
      &result.log_pages, &result.done_pages);
  switch (code & 0xff) {
    case SQLITE_OK:
      if (truncate) log_pages_ = 0;
      return result;
    case SQLITE_BUSY:
      result.blocked = Blocked::kByOthers;
      return result;
    case SQLITE_FULL:
      result.blocked = Blocked::kByFullDisk;
      return result;
    default:
      return SqliteStatus(code, db_, "checkpoint");
  }
}

absl::Status Connection::RemoveLogOnClose() {
  return SetSwitch(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, "NO_CKPT_ON_CLOSE", false);
}

absl::Status Connection::ReadPage(uint32_t number, std::string* page) {
  page->assign(page->size(), 0);
  if (number == 0) return absl::OkStatus();  // there is none
  sqlite3_file* file = nullptr;
  int code =
      sqlite3_file_control(db_, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  if (code == SQLITE_OK) {
    const auto bytes = static_cast<sqlite3_int64>(page->size());
    code = file->pMethods->xRead(file, page->data(), static_cast<int>(bytes),
                                 (static_cast<sqlite3_int64>(number) - 1) * bytes);
  }
  if (code == SQLITE_IOERR_SHORT_READ) return absl::OkStatus();
  return SqliteStatus(code, nullptr, absl::StrCat("read page ", number));
}

absl::StatusOr<sqlite3_backup*> Connection::StartCopy(sqlite3* to) {
  sqlite3_backup* copy = sqlite3_backup_init(to, "main", db_, "main");
  if (copy == nullptr) return SqliteStatus(sqlite3_extended_errcode(to), to, "start a copy");
  return copy;
}

void Connection::Rollback() {
  // What fails here was failing already, and the connection is about to be closed.
  if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Connection::SetBusyTimeout(int milliseconds) { sqlite3_busy_timeout(db_, milliseconds); }

}  // namespace lull
