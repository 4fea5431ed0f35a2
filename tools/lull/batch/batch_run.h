// Runs the entries of a batch as jobs until each of them has its line.
#ifndef LULL_TOOLS_LULL_BATCH_BATCH_RUN_H_
#define LULL_TOOLS_LULL_BATCH_BATCH_RUN_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "tools/lull/batch/answer_collector.h"
#include "tools/lull/batch/batch_submitter.h"
#include "tools/lull/batch/live_jobs.h"
#include "tools/lull/batch/outage.h"
#include "tools/lull/batch/progress_display.h"
#include "tools/lull/batch/run_ledger.h"
#include "tools/lull/batch/run_numbers.h"
#include "tools/lull/client.h"
#include "tools/lull/interruption.h"

namespace lull {

struct BatchRunOptions {
  BatchJobOptions job;
  // Most jobs at the server at the same time.
  size_t live_jobs_max = 1000;
  // The longest time without the server to sit out.
  absl::Duration patience = absl::Minutes(10);
};

// One thread submits and collects in turn. Used once.
class BatchRun {
 public:
  // All references have to outlive this.
  BatchRun(const Clock& clock, Client& client, const Interruption& interruption, RunLedger& ledger,
           ProgressDisplay& display, const BatchRunOptions& options);

  // OK: every entry has its line. CANCELLED: interrupted. Otherwise what the run cannot go on from:
  // what the server refused, UNAVAILABLE or DEADLINE_EXCEEDED after `patience`, DATA_LOSS from a
  // file. Whatever it returns, the run can be resumed.
  absl::Status Run();

 private:
  absl::Status RunUntilComplete();
  absl::Status Step();
  absl::Status SyncIfDue();
  absl::Duration NextStepAt() const;
  RunProgress Progress() const;

  const Clock& clock_;
  const Interruption& interruption_;
  RunLedger& ledger_;
  ProgressDisplay& display_;
  LiveJobs live_;
  BatchSubmitter submitter_;
  AnswerCollector collector_;
  Outage outage_;
  absl::Duration sync_at_ = -absl::InfiniteDuration();
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_BATCH_RUN_H_
