#include "tools/lull/batch/batch_run.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace lull {
namespace {

// An answer that is lost with the machine is fetched again from the server, so this may be rare.
constexpr absl::Duration kSyncInterval = absl::Seconds(2);
// Long enough to be cheap, short enough for the display.
constexpr absl::Duration kWaitMax = absl::Milliseconds(200);

}  // namespace

BatchRun::BatchRun(const Clock& clock, Client& client, const Interruption& interruption,
                   RunLedger& ledger, ProgressDisplay& display, const BatchRunOptions& options)
    : clock_(clock),
      interruption_(interruption),
      ledger_(ledger),
      display_(display),
      submitter_(clock, client, ledger, live_, options.job, options.live_jobs_max),
      collector_(clock, client, ledger, live_, submitter_),
      outage_(clock, options.patience,
              [&display](absl::string_view message) { display.Say(message); }) {
  for (const auto& [entry, id] : ledger.LiveJobs()) live_.Add(entry, id);
}

absl::Status BatchRun::Run() {
  const absl::Status ran = RunUntilComplete();
  display_.ShowLast(Progress());
  const absl::Status synced = ledger_.Sync();
  return ran.ok() ? synced : ran;
}

absl::Status BatchRun::RunUntilComplete() {
  while (!ledger_.complete()) {
    if (interruption_.stopped()) return absl::CancelledError("interrupted");
    const absl::Duration now = clock_.Now().steady;
    const absl::Duration step_at = NextStepAt();
    if (step_at > now) {
      interruption_.WaitFor(std::min(step_at - now, kWaitMax));
    } else if (const absl::Status stepped = Step(); !stepped.ok()) {
      if (interruption_.stopped()) return absl::CancelledError("interrupted");
      LULL_RETURN_IF_ERROR(outage_.OnFailure(stepped));
    } else {
      outage_.OnAnswer();
    }
    LULL_RETURN_IF_ERROR(SyncIfDue());
    display_.Show(Progress());
  }
  return absl::OkStatus();
}

absl::Duration BatchRun::NextStepAt() const {
  absl::Duration at = absl::InfiniteDuration();
  if (live_.size() > 0) at = std::min(at, collector_.due_at());
  if (submitter_.ready()) at = std::min(at, submitter_.not_before());
  return std::max(at, outage_.resume_at());
}

// One call of the server, or a few: what is due first.
absl::Status BatchRun::Step() {
  const absl::Duration now = clock_.Now().steady;
  if (live_.size() > 0 && collector_.due_at() <= now) return collector_.Collect();
  return submitter_.Submit();
}

absl::Status BatchRun::SyncIfDue() {
  const absl::Duration now = clock_.Now().steady;
  if (now < sync_at_) return absl::OkStatus();
  sync_at_ = now + kSyncInterval;
  return ledger_.Sync();
}

RunProgress BatchRun::Progress() const {
  RunProgress progress;
  progress.total = ledger_.size();
  progress.answered = ledger_.answered();
  progress.failed = ledger_.failed();
  progress.refusals = ledger_.tally().refusals();
  live_.AddTo(&progress);
  return progress;
}

}  // namespace lull
