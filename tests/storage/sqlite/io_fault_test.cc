// Each single operation on the store's files is made to fail, once and for good, and the power is
// cut afterwards: nothing acknowledged may be lost, and no group kept by half.
#include <sqlite3.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/sqlite/crash_driver.h"
#include "tests/storage/sqlite/life_step.h"

namespace lull {
namespace {

using Action = std::function<absl::Status(CrashDriver&)>;

absl::Status Apply(CrashDriver& driver, LifeStep step) {
  return driver.Apply(std::move(step.records), std::move(step.events));
}

const LiveState& LiveJob(CrashDriver& driver, JobNumber job) {
  return driver.acknowledged().live().at(job);
}

absl::Status TidyToTheEnd(CrashDriver& driver) {
  while (true) {
    const absl::StatusOr<bool> more = driver.Tidy();
    if (!more.ok() || !*more) return more.status();
  }
}

// A failure of the backup is its own; what comes after shows whether the store is none the worse.
absl::Status StepBackup(CrashDriver& driver) {
  driver.StepBackup();
  return absl::OkStatus();
}

absl::Status BackUpToTheEnd(CrashDriver& driver) {
  while (driver.backup_is_under_way()) driver.StepBackup();
  return absl::OkStatus();
}

// A first start, lives of jobs with all that may become of them, pruning, a backup with commits,
// pruning and checkpoints in its midst, checkpoints of each kind, and a recovery.
const std::vector<Action>& Scenario() {
  static const auto& actions = *new std::vector<Action>{
      [](CrashDriver& d) { return d.Recover(); },
      [](CrashDriver& d) { return Apply(d, SubmitJobs(d.acknowledged(), 3, 5000)); },
      [](CrashDriver& d) { return Apply(d, GrantJob(LiveJob(d, 1))); },
      [](CrashDriver& d) { return Apply(d, SetSmallStates("1")); },
      [](CrashDriver& d) { return TidyToTheEnd(d); },
      [](CrashDriver& d) { return Apply(d, RetryJob(LiveJob(d, 1))); },
      [](CrashDriver& d) { return Apply(d, GrantJob(LiveJob(d, 1))); },
      [](CrashDriver& d) { return Apply(d, FinishJob(LiveJob(d, 1), 9000)); },
      [](CrashDriver& d) { return Apply(d, CancelJob(LiveJob(d, 2))); },
      [](CrashDriver& d) { return Apply(d, AddUsage(1)); },
      [](CrashDriver& d) { return d.Prune(TimeOfJob(1)); },
      [](CrashDriver& d) { return d.Recover(); },
      [](CrashDriver& d) { return Apply(d, SubmitJobs(d.acknowledged(), 2, 100000)); },
      [](CrashDriver& d) { return StepBackup(d); },
      [](CrashDriver& d) { return StepBackup(d); },
      [](CrashDriver& d) { return Apply(d, AddUsage(1)); },
      [](CrashDriver& d) { return Apply(d, DeleteJob(2)); },
      [](CrashDriver& d) { return StepBackup(d); },
      [](CrashDriver& d) { return TidyToTheEnd(d); },
      [](CrashDriver& d) { return d.Prune(TimeOfJob(2)); },
      [](CrashDriver& d) { return Apply(d, FinishJob(LiveJob(d, 4), 20000)); },
      [](CrashDriver& d) { return BackUpToTheEnd(d); },
      [](CrashDriver& d) { return Apply(d, SetSmallStates("2")); },
      [](CrashDriver& d) { return TidyToTheEnd(d); },
      [](CrashDriver& d) { return Apply(d, FinishJob(LiveJob(d, 3), 100)); },
  };
  return actions;
}

// Stops at the first action that fails.
absl::Status RunScenario(CrashDriver& driver) {
  for (const Action& action : Scenario()) {
    const absl::Status status = action(driver);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void ExpectHealthyWrites(CrashDriver& driver) {
  const absl::Status recovered = driver.Recover();
  ASSERT_TRUE(recovered.ok()) << recovered;
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = Apply(driver, SubmitJobs(driver.acknowledged(), 1, 3000));
    ASSERT_TRUE(status.ok()) << status;
  }
}

struct Runs {
  int faults = 0;
  int power_cuts = 0;
  int shown = 0;  // stores whose committed state could be read without a recovery
  int failed_backups = 0;
  int whole_backups = 0;
};

void ExpectNothingLost(const FaultVfs::Fault& fault, Runs& runs) {
  FaultVfs vfs(static_cast<uint64_t>(fault.at));
  CrashDriver driver(vfs, OpenStoreThatCheckpointsOften);
  vfs.FailAt(fault);
  const absl::Status failed = RunScenario(driver);
  EXPECT_TRUE(failed.ok() || absl::IsUnavailable(failed)) << failed;
  if (vfs.faults() == 0) {
    EXPECT_TRUE(fault.spares_opening) << "nothing failed";
    return;  // it opens, at the end
  }
  if (fault.for_good) {
    EXPECT_FALSE(driver.Recover().ok()) << "the fault is still there";
    runs.shown += driver.LookUnrecovered() ? 1 : 0;
  } else {
    EXPECT_TRUE(failed.ok() || driver.failed_backups() == 0)
        << "a backup's failure hurt the store: " << failed;
    ExpectHealthyWrites(driver);
  }
  for (int cut = 0; cut < 2; ++cut) {
    driver.CutAndRestorePower();
    ExpectHealthyWrites(driver);
    EXPECT_EQ(driver.IntegrityCheck(), "ok");
  }
  driver.CheckBackups();
  for (const std::string& violation : driver.violations()) ADD_FAILURE() << violation;
  ++runs.faults;
  runs.power_cuts += 2;
  runs.failed_backups += driver.failed_backups();
  runs.whole_backups += driver.finished_backups();
}

TEST(IoFaultTest, NothingAcknowledgedIsLostWhicheverOperationFails) {
  int64_t operations = 0;
  {
    FaultVfs vfs(0);
    CrashDriver driver(vfs, OpenStoreThatCheckpointsOften);
    const absl::Status status = RunScenario(driver);
    ASSERT_TRUE(status.ok()) << status;
    operations = vfs.operations();
    EXPECT_EQ(driver.acknowledged().ended().count(1), 0u) << "it was to be pruned";
    EXPECT_EQ(driver.acknowledged().ended().count(2), 0u) << "it was to be deleted";
    EXPECT_EQ(driver.finished_backups(), 1);
    driver.CheckBackups();
    for (const std::string& violation : driver.violations()) ADD_FAILURE() << violation;
  }
  Runs runs;
  for (int64_t k = 1; k <= operations; ++k) {
    for (const int code : {SQLITE_IOERR, SQLITE_FULL}) {
      SCOPED_TRACE(absl::StrCat("operation ", k, ", SQLite ", code));
      ExpectNothingLost({k, false, code}, runs);
      ExpectNothingLost({k, true, code}, runs);
      if (HasFailure()) return;
    }
    SCOPED_TRACE(absl::StrCat("operation ", k, " and on, but for opening"));
    ExpectNothingLost({k, true, SQLITE_IOERR, /*spares_opening=*/true}, runs);
    if (HasFailure()) return;
  }
  std::printf(
      "%d faults (in each of %d operations, once and for good, I/O error and full), %d power cuts, "
      "%d failed backups and %d whole ones, %d looks at what could not be recovered\n",
      runs.faults, static_cast<int>(operations), runs.power_cuts, runs.failed_backups,
      runs.whole_backups, runs.shown);
  EXPECT_GE(runs.faults, 500);
  EXPECT_GE(runs.shown, 100);
  EXPECT_GT(runs.failed_backups, 0);
  EXPECT_GT(runs.whole_backups, 0);
}

}  // namespace
}  // namespace lull
