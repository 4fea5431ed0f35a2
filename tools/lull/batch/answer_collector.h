// Brings the answers of a batch run's jobs from the server into its files.
#ifndef LULL_TOOLS_LULL_BATCH_ANSWER_COLLECTOR_H_
#define LULL_TOOLS_LULL_BATCH_ANSWER_COLLECTOR_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "tools/lull/batch/batch_submitter.h"
#include "tools/lull/batch/live_jobs.h"
#include "tools/lull/batch/run_ledger.h"
#include "tools/lull/client.h"

namespace lull {

// Asks for the state of all live jobs at once, up to 1,000 in a call, at a pace that follows how
// fast they end, and for the answers of those that have ended. Not thread-safe.
class AnswerCollector {
 public:
  // All references have to outlive this.
  AnswerCollector(const Clock& clock, Client& client, RunLedger& ledger, LiveJobs& live,
                  BatchSubmitter& submitter);

  // When the next call of Collect() is due.
  absl::Duration due_at() const { return due_at_; }

  // Asks once. Errors are those of the calls, which may be made again, and DATA_LOSS from the
  // files.
  absl::Status Collect();

 private:
  absl::Status AskForStates();
  absl::Status FetchSome();
  absl::Status FetchAlone(const std::string& id);
  absl::Status Write(const std::vector<v1::Job>& jobs);
  absl::Status OnGone(const std::string& id);
  void Reschedule(size_t ended);

  const Clock& clock_;
  Client& client_;
  RunLedger& ledger_;
  LiveJobs& live_;
  BatchSubmitter& submitter_;
  // Jobs that have ended and whose answers are still to be fetched. They are live as well.
  std::deque<std::string> ended_;
  absl::Duration interval_;
  absl::Duration due_at_ = -absl::InfiniteDuration();
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_BATCH_ANSWER_COLLECTOR_H_
