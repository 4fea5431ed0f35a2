#include "storage/sqlite/sqlite_status.h"

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"

namespace lull {

absl::StatusCode StatusCodeOfSqlite(int code) {
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return absl::StatusCode::kOk;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_INTERRUPT:
      // A damaged file shows itself in a few I/O codes too.
      return code == SQLITE_IOERR_CORRUPTFS ? absl::StatusCode::kDataLoss
                                            : absl::StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status SqliteStatus(int code, sqlite3* db, absl::string_view what) {
  const absl::StatusCode status_code = StatusCodeOfSqlite(code);
  if (status_code == absl::StatusCode::kOk) return absl::OkStatus();
  std::string reason;
  if ((code & 0xff) == SQLITE_FULL) {
    reason = "the disk is full (or a quota is reached): free some space";
  } else {
    reason = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  }
  absl::StrAppend(&reason, " [SQLite ", code, "]");
  const int system_errno = db != nullptr ? sqlite3_system_errno(db) : 0;
  if (system_errno != 0 && status_code == absl::StatusCode::kUnavailable) {
    absl::StrAppend(&reason, ", ", std::strerror(system_errno));
  }
  return absl::Status(status_code, absl::StrCat("cannot ", what, ": ", reason));
}

}  // namespace lull
