// Removes what need not be kept any longer, a bounded part at a time: outcomes with their jobs,
// oldest first; events and idempotency keys as prefixes of their tables. What it frees is used
// again, and what is free beyond that given back to the file system.
//
// Owned by SqliteJobStore; used by the engine's thread. Lives from one recovery to the next.
#ifndef LULL_STORAGE_SQLITE_PRUNER_H_
#define LULL_STORAGE_SQLITE_PRUNER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/job_store.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/job_eraser.h"
#include "storage/sqlite/statement.h"
#include "storage/sqlite/writer.h"

namespace lull {

// Of one call.
struct PruneLimits {
  int64_t outcomes_looked_at = 1000;
  int64_t outcomes_removed = 200;
  int64_t bytes_removed = 8 << 20;  // of requests and responses; the last one may go beyond
  int64_t prefix_rows = 200;        // of events, and of keys
  int64_t pages_given_back = 256;   // 2 MiB
};

class Pruner {
 public:
  // `connection` and `writer` must outlive the pruner.
  static absl::StatusOr<std::unique_ptr<Pruner>> Prepare(Connection& connection, Writer& writer,
                                                         const PruneLimits& limits);

  // See JobStore::Prune.
  absl::StatusOr<bool> Prune(const Retention& retention, absl::Time now);

  // What the last call removed.
  struct Removed {
    int64_t jobs = 0;
    int64_t events = 0;
  };
  const Removed& removed() const { return removed_; }

 private:
  struct Outcome {
    int64_t sequence = 0;
    JobNumber job = 0;
    int64_t response_bytes = 0;
    absl::Time end;
    absl::Time due;
  };
  // What may still be removed in this call, and what was.
  struct Budget {
    int64_t outcomes = 0;
    int64_t bytes = 0;
    bool removed_any = false;
    Removed removed;
    bool spent() const { return outcomes <= 0 || bytes <= 0; }
  };

  Pruner(Connection& connection, Writer& writer, const PruneLimits& limits)
      : connection_(connection), writer_(writer), limits_(limits) {}
  absl::Status PrepareStatements();

  absl::StatusOr<bool> PruneInTransaction(const Retention& retention, absl::Time now,
                                          Budget& budget);
  absl::StatusOr<bool> PruneByAge(const Retention& retention, absl::Time now, Budget& budget);
  absl::StatusOr<bool> PruneBySize(int64_t max_bytes, Budget& budget);
  // Those after the one of this sequence, up to and with the first that ended after `until`.
  absl::StatusOr<std::vector<Outcome>> ReadOutcomes(const Retention& retention, int64_t after,
                                                    int64_t max, absl::Time until);
  absl::Status Remove(const Outcome& outcome, Budget& budget);
  void EndLap(absl::Time now, absl::Duration shortest);
  enum class Prefix { kEvents, kKeys };
  absl::StatusOr<bool> PrunePrefix(Prefix prefix, absl::Time until, Budget& budget);
  absl::StatusOr<bool> GivePagesBack();

  Connection& connection_;
  Writer& writer_;
  const PruneLimits limits_;
  Removed removed_;

  // Outcomes are walked in laps, since classes keep theirs for different times. A lap ends at the
  // first outcome that no class would have pruned yet.
  int64_t lap_position_ = 0;
  int64_t lap_kept_ = 0;                              // passed over in this lap
  absl::Time lap_next_due_ = absl::InfiniteFuture();  // of those
  absl::Time next_lap_ = absl::InfinitePast();
  Retention lap_retention_;  // what next_lap_ was reckoned with

  JobEraser eraser_;
  Statement begin_;
  Statement commit_;
  Statement walk_outcomes_;
  Statement read_body_size_;
  Statement walk_events_;
  Statement remove_events_;
  Statement walk_keys_;
  Statement remove_keys_;
  Statement count_pages_;
  Statement count_free_pages_;
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_PRUNER_H_
