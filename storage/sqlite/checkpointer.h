// Decides when the write-ahead log is copied into the main file, so that the log stays bounded and
// commits stay quick.
//
// In idle moments once a few megabytes wait; inside ApplyGroup only when many do; and the log is
// cut to nothing only when it has become very large, since a log of steady size makes the quickest
// commits.
//
// Owned by SqliteJobStore; used by the engine's thread. Lives as long as its connection.
#ifndef LULL_STORAGE_SQLITE_CHECKPOINTER_H_
#define LULL_STORAGE_SQLITE_CHECKPOINTER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sqlite/connection.h"

namespace lull {

// In pages of the log.
struct CheckpointLimits {
  int idle = 512;          // from here on in idle moments: 4 MiB
  int forced = 2048;       // from here on after a commit: 16 MiB
  int very_large = 32768;  // from here on the log is cut: 256 MiB
};

class Checkpointer {
 public:
  explicit Checkpointer(Connection& connection, const CheckpointLimits& limits = {})
      : connection_(connection), limits_(limits) {}

  // After each commit. An error means that the connection must not be used any more; a full disk or
  // a reader that stands in the way is none, the log grows then and it is tried again later.
  absl::Status AfterCommit();

  // Returns whether there is more to do.
  absl::StatusOr<bool> WhenIdle();

 private:
  absl::Status Run(Connection::CheckpointMode mode);
  int WaitingPages();

  Connection& connection_;
  const CheckpointLimits limits_;
  int done_pages_ = 0;     // of the log, already in the main file
  int tried_pages_ = 0;    // the log's size at the last try
  int largest_pages_ = 0;  // the log's size since it was truncated
  bool may_truncate_ = false;
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_CHECKPOINTER_H_
