// Each single operation on the files of a working engine's store is made to fail, once and for
// good, and the power is cut afterwards or in the midst of it: the engine goes on by itself, and
// nobody was told anything that is not so.
#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "gtest/gtest.h"
#include "tests/server/engine/faulted_engine.h"
#include "tests/storage/fault_vfs.h"

namespace lull {
namespace {

// A first start, and jobs with all that may become of them: repeated submits, retries, answers,
// cancels of a pending and of running ones, a deadline, an update, a deletion; checkpoints, a
// backup with a submit in its midst, and pruning.
void RunScenario(FaultedEngine& engine) {
  engine.Start();
  const JobNumber answered = engine.Submit(1, 5000);
  const JobNumber cancelled = engine.Submit(2, 100);
  const JobNumber stopped = engine.Submit(3, 100);
  engine.Submit(1, 5000);
  LeaseToken lease = engine.Hold(1);
  engine.Renew();
  engine.Finish(lease, Outcome::kServerError);
  engine.Cancel(cancelled);
  engine.Pass(absl::Milliseconds(30));  // an idle moment: a checkpoint
  engine.AwaitEnd(answered, [&] {
    lease = engine.Hold(1);
    engine.Renew();
    engine.Finish(lease, Outcome::kSucceeded, 9000);
  });
  engine.Finish(lease, Outcome::kSucceeded, 9000);  // its worker did not hear the answer

  engine.SubmitTwoAtOnce(4);
  engine.Pause(true);
  engine.Pause(false);
  lease = engine.Hold(3);
  const LeaseToken late = engine.Hold(4);
  engine.Cancel(stopped);
  engine.Renew();
  engine.Finish(lease, Outcome::kCancelled);
  engine.Cancel(late.job);
  engine.Finish(late, Outcome::kSucceeded, 100);  // it came in time all the same

  engine.Submit(6, 200, absl::Seconds(20));
  const JobNumber updated = engine.Submit(5, 700);
  engine.Update(updated, {{"step", "2"}});
  engine.Pass(absl::Seconds(21));  // the deadline of 6

  engine.BackUp("copy", 7);
  lease = engine.Hold(5);
  engine.Release(lease);
  engine.Finish(engine.Hold(5), Outcome::kInvalidRequest);
  engine.Delete(cancelled);
  engine.Pass(2 * FaultedEngine::kKept);  // what has ended is pruned

  engine.Submit(8, 100);
  engine.Finish(engine.Hold(8), Outcome::kSucceeded, 20000);
  engine.Pass(absl::Milliseconds(30));
  engine.Hold(7);
  engine.Renew();
  engine.Submit(8, 100);
}

// All request ids are still known, and jobs are still taken and answered.
void ExpectGoesOn(FaultedEngine& engine, uint64_t new_key) {
  engine.Check(/*complete=*/true);
  for (uint64_t key = 1; key <= 8; ++key) engine.Submit(key, key == 7 ? 3000 : 100);
  engine.Renew();
  engine.Submit(new_key, 100);
  engine.Finish(engine.Hold(new_key), Outcome::kSucceeded, 100);
  engine.Check(/*complete=*/true);
}

struct Runs {
  int64_t faults = 0;
  int64_t engines = 0;
  int64_t refusals = 0;
  int64_t outages = 0;
  int64_t recoveries = 0;
  int64_t answers = 0;
  int64_t meanwhile = 0;
  int64_t backups = 0;
};

void ExpectNobodyWasMisled(const FaultVfs::Fault& fault, FaultedEngine::Ending ending, Runs& runs) {
  FaultVfs vfs(static_cast<uint64_t>(fault.at));
  FaultedEngine engine(vfs, fault, ending);
  vfs.FailAt(fault);
  RunScenario(engine);
  runs.faults += vfs.faults() != 0;
  engine.Heal();
  ExpectGoesOn(engine, 9);
  engine.CutPowerAndRestart();
  ExpectGoesOn(engine, 10);
  engine.CheckBackups();
  ++runs.engines;
  runs.refusals += engine.refusals();
  runs.outages += engine.outages();
  runs.recoveries += engine.recoveries();
  runs.answers += engine.told().answers();
  runs.meanwhile += engine.answers_meanwhile();
  runs.backups += engine.backups();
}

TEST(EngineIoFaultTest, NobodyIsToldWhatIsNotSoWhicheverOperationFails) {
  SetLogLevel(LogLevel::kError);
  int64_t operations = 0;
  {
    FaultVfs vfs(0);
    FaultedEngine engine(vfs, {}, FaultedEngine::Ending::kHealed);
    RunScenario(engine);
    operations = vfs.operations();
    EXPECT_EQ(engine.backups(), 1);
    EXPECT_EQ(engine.refusals(), 0);
    EXPECT_EQ(engine.recoveries(), 1);
    ExpectGoesOn(engine, 9);
    engine.CutPowerAndRestart();
    ExpectGoesOn(engine, 10);
    engine.CheckBackups();
    if (HasFailure()) return;
  }
  Runs runs;
  using Ending = FaultedEngine::Ending;
  // Each operation in each of the ways takes three minutes, so they take turns; with
  // --test_env=LULL_ALL_FAULTS=1 it is all of them.
  const bool all = std::getenv("LULL_ALL_FAULTS") != nullptr;
  for (int64_t k = 1; k <= operations; ++k) {
    SCOPED_TRACE(absl::StrCat("operation ", k));
    if (all || k % 3 == 0) {
      SCOPED_TRACE("once");
      ExpectNobodyWasMisled({k, false, SQLITE_IOERR}, Ending::kHealed, runs);
    }
    if (all || k % 3 == 1) {
      SCOPED_TRACE("and on, then healed");
      ExpectNobodyWasMisled({k, true, SQLITE_FULL, true}, Ending::kHealed, runs);
    }
    if (all || k % 3 == 2) {
      SCOPED_TRACE("and on, then the power goes out");
      ExpectNobodyWasMisled({k, true, SQLITE_IOERR, true}, Ending::kPowerCut, runs);
    }
    if (HasFailure()) return;
  }
  std::printf(
      "%d operations, %d faults in %d engines: %d refusals, %d outages that lasted, %d recoveries; "
      "%d acknowledged answers checked, %d of them given during an outage; %d backups\n",
      static_cast<int>(operations), static_cast<int>(runs.faults), static_cast<int>(runs.engines),
      static_cast<int>(runs.refusals), static_cast<int>(runs.outages),
      static_cast<int>(runs.recoveries), static_cast<int>(runs.answers),
      static_cast<int>(runs.meanwhile), static_cast<int>(runs.backups));
  EXPECT_GE(runs.faults, 300);
  EXPECT_GE(runs.answers, 100'000);
}

}  // namespace
}  // namespace lull
