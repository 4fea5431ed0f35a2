// Makes sure that what a write-ahead log shows is on disk, before anything is built upon it.
#ifndef LULL_STORAGE_SQLITE_LOG_REWRITER_H_
#define LULL_STORAGE_SQLITE_LOG_REWRITER_H_

#include <string>

#include "absl/status/status.h"

namespace lull {

// Writes the log of the database at `database_path` over itself and syncs it. A sync that failed
// leaves bytes that can be read but are not on disk, and that no later sync writes, unless they are
// written again. Connections may be open, but none that writes. OK if there is no log; UNAVAILABLE:
// it could not be read, written or synced.
absl::Status RewriteLog(const std::string& database_path);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_LOG_REWRITER_H_
