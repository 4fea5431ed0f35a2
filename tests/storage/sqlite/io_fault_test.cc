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

// A first start, lives of jobs, checkpoints of each kind, and a recovery.
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
      [](CrashDriver& d) { return d.Recover(); },
      [](CrashDriver& d) { return Apply(d, SubmitJobs(d.acknowledged(), 2, 100000)); },
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

void ExpectNothingLost(const FaultVfs::Fault& fault) {
  FaultVfs vfs(static_cast<uint64_t>(fault.at));
  CrashDriver driver(vfs, OpenStoreThatCheckpointsOften);
  vfs.FailAt(fault);
  const absl::Status failed = RunScenario(driver);
  EXPECT_TRUE(failed.ok() || absl::IsUnavailable(failed)) << failed;
  EXPECT_GT(vfs.faults(), 0);
  if (fault.for_good) {
    EXPECT_FALSE(driver.Recover().ok()) << "the fault is still there";
  } else {
    ExpectHealthyWrites(driver);
  }
  for (int cut = 0; cut < 2; ++cut) {
    driver.CutAndRestorePower();
    ExpectHealthyWrites(driver);
    EXPECT_EQ(driver.IntegrityCheck(), "ok");
  }
  for (const std::string& violation : driver.violations()) ADD_FAILURE() << violation;
}

TEST(IoFaultTest, NothingAcknowledgedIsLostWhicheverOperationFails) {
  int64_t operations = 0;
  {
    FaultVfs vfs(0);
    CrashDriver driver(vfs, OpenStoreThatCheckpointsOften);
    const absl::Status status = RunScenario(driver);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE(driver.violations().empty());
    operations = vfs.operations();
  }
  int runs = 0;
  for (int64_t k = 1; k <= operations; ++k) {
    for (const bool for_good : {false, true}) {
      for (const int code : {SQLITE_IOERR, SQLITE_FULL}) {
        SCOPED_TRACE(absl::StrCat("operation ", k, for_good ? " and on" : "", ", SQLite ", code));
        ExpectNothingLost({k, for_good, code});
        if (HasFailure()) return;
        ++runs;
      }
    }
  }
  std::printf("%d faults in %d operations\n", runs, static_cast<int>(operations));
  EXPECT_GE(runs, 500);
}

}  // namespace
}  // namespace lull
