// The one mapping from SQLite's result codes to ours; nothing else decides by a code or a message.
#ifndef LULL_STORAGE_SQLITE_SQLITE_STATUS_H_
#define LULL_STORAGE_SQLITE_SQLITE_STATUS_H_

#include <sqlite3.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lull {

// `code` may be extended. UNAVAILABLE: it cannot be done now (I/O error, disk full, locked, out of
// memory, read-only file system). DATA_LOSS: the file is damaged or not a database. INTERNAL: a
// constraint failed, or a fault of ours.
absl::StatusCode StatusCodeOfSqlite(int code);

// "cannot WHAT: REASON". `db` may be null; its system errno is named where there is one. OK if
// `code` is no error.
absl::Status SqliteStatus(int code, sqlite3* db, absl::string_view what);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_SQLITE_STATUS_H_
