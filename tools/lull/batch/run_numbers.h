// The numbers of a batch run: while it goes on, and at its end.
#ifndef LULL_TOOLS_LULL_BATCH_RUN_NUMBERS_H_
#define LULL_TOOLS_LULL_BATCH_RUN_NUMBERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tools/lull/batch/run_journal.h"

namespace lull {

// How a run stands.
struct RunProgress {
  size_t total = 0;
  size_t answered = 0;
  size_t failed = 0;
  // Jobs that a worker has.
  size_t running = 0;
  // Jobs at the server that no worker has.
  size_t waiting = 0;
  // What most of the waiting jobs wait for, e.g. "UPSTREAM_BUSY"; empty: nothing in particular.
  std::string waiting_for;
  // Calls refused by a busy upstream, so far, of jobs that have ended and that go on.
  int64_t refusals = 0;
};

// What came of a run, over all times it was interrupted and resumed.
struct RunSummary {
  size_t total = 0;
  size_t answered = 0;
  // By state, e.g. "FAILED".
  std::map<std::string, size_t> failed;
  int64_t attempts = 0;
  int64_t refusals = 0;
  // Refusals of jobs that were answered in the end.
  int64_t refusals_absorbed = 0;
  // Of the answered jobs, from creation to end.
  absl::Duration time_p50;
  absl::Duration time_p95;
  // How long this command ran.
  absl::Duration elapsed;
};

// Adds up how entries ended. Not thread-safe.
class EndTally {
 public:
  void Add(const EntryEnd& end);

  int64_t refusals() const { return summary_.refusals; }

  // `total` and `elapsed` are the caller's to fill in.
  RunSummary Summary() const;

 private:
  RunSummary summary_;
  // Of the answered ones; 4 bytes each, at most kBatchLinesMax.
  std::vector<float> seconds_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_RUN_NUMBERS_H_
