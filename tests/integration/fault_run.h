// A run of the real programs under load that a test breaks again and again: a server, workers, a
// provider, clients that submit, and a worker that answers too late. In the end the witnesses of
// the run are compared (invariants.h).
//
// The length is set by the environment, for which bazel has --test_env; a test says which names.
//   LULL_RUN_SEED   of what happens by chance; default: another each time, printed
#ifndef LULL_TESTS_INTEGRATION_FAULT_RUN_H_
#define LULL_TESTS_INTEGRATION_FAULT_RUN_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/client_history.h"
#include "tests/integration/commit_watch.h"
#include "tests/integration/event_follower.h"
#include "tests/integration/fault_log.h"
#include "tests/integration/invariants.h"
#include "tests/integration/lull_process.h"
#include "tests/integration/metrics_page.h"
#include "tests/integration/stalled_worker.h"
#include "tests/integration/store_dump.h"
#include "tests/integration/submit_load.h"

namespace lull {

// The number in an environment variable.
int64_t FromEnvironment(const char* name, int64_t otherwise);

// Single-threaded; its processes and threads end with it. What does not come up, and what takes too
// long, fails the test.
class FaultRun {
 public:
  // `data_dir`: empty for a new folder.
  explicit FaultRun(const std::string& data_dir = "");
  ~FaultRun();

  // From now on so many more clients watch all jobs of the load, through whatever happens: from the
  // first event on, or beginning with a snapshot. Finish() checks what each was told.
  void AddFollowers(int count, bool with_snapshot);

  void StartLoad();
  // Waits until the load is at its height, and then for a random while.
  void AwaitHeight();
  void StopLoad();
  // Until every job has ended; how long that took.
  absl::Duration AwaitEnd();

  // Waits until the server has a commit open while submits are under way.
  CommitWatch::Act AwaitCommit();
  // Submits a batch whose commit takes long; returns at once when it is acknowledged.
  void AwaitAcknowledgement();

  // What dies now, for the record; right before it does.
  void NoteKill(Kill::Whom whom, CommitWatch::Act act = CommitWatch::Act::kNone);
  // Starts the dead server again, over a store that is as it left it, and checks a copy of that.
  void StartServerAgain();
  // Before a server goes: its counts go with it.
  void NoteStaleReports();

  // Streams that its followers began beyond their first, because the server was gone.
  int64_t resumes() const;

  // Stops everything and compares the witnesses; prints the figures.
  Findings Finish();

  ServerProcess& server() { return server_; }
  std::vector<std::unique_ptr<WorkerProcess>>& workers() { return workers_; }
  std::mt19937_64& random() { return random_; }
  const FaultLog& log() const { return log_; }
  const StalledWorker::Counts& stalled() const { return stalled_->counts(); }
  int64_t stale_reports() const { return stale_reports_; }
  bool can_see_commits() const { return can_see_commits_; }
  // Known after Finish().
  int64_t kills_with_commit_and_leases() const { return kills_with_commit_and_leases_; }

 private:
  void AwaitFollowers();
  void CheckFollowers(const StoreDump& store) const;
  ServerCounts CountsOfLastServer(const MetricsPage& metrics) const;
  RunRecord Record(const ServerCounts& counts);
  void Print(const RunRecord& run, const Findings& findings) const;

  const uint64_t seed_;
  std::mt19937_64 random_;
  BusyProcess busy_;
  ServerProcess server_;
  bool can_see_commits_ = false;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  ClientHistory history_;
  std::unique_ptr<SubmitLoad> load_;
  std::unique_ptr<StalledWorker> stalled_;
  std::vector<std::unique_ptr<EventFollower>> followers_;
  FaultLog log_;
  absl::Time dead_ = absl::InfinitePast();  // by then the last server but one was
  absl::Duration until_ended_;
  std::vector<absl::Duration> restarts_;
  std::vector<std::string> integrity_;  // after each death of the server
  int64_t stale_reports_ = 0;           // of servers that are gone
  int64_t kills_with_commit_and_leases_ = 0;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_FAULT_RUN_H_
