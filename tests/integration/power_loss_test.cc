// The power of the server's disk is cut at random moments under load, the server dies with it or a
// moment later, and both come back. Needs root, for a file system on a loop device; is skipped
// elsewhere. (tests/storage/sqlite cuts the power of a disk that it plays itself, everywhere.)
//
// The length is set by the environment, for which bazel has --test_env:
//   LULL_POWER_CUTS   default 3
//   LULL_RUN_SEED     see fault_run.h
// A long run, as root:
//   bazel test //tests/integration:power_loss_test --test_env=LULL_POWER_CUTS=25
//   --test_timeout=3600 --test_output=all
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/fault_run.h"
#include "tests/integration/loop_disk.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kDiskMegabytes = 1024;
constexpr absl::Duration kWithoutDiskMax = absl::Milliseconds(200);

// A file that nobody has synced: it must be gone or empty, or the cut has cut nothing. A new one
// for each cut: ext4 writes a file that is truncated and written again when it is closed.
class Unsynced {
 public:
  Unsynced(const LoopDisk& disk, int cut) : path_(absl::StrCat(disk.folder(), "/unsynced-", cut)) {
    std::ofstream(path_) << "in memory only";
  }
  bool IsGone() const {
    return !std::filesystem::exists(path_) || std::filesystem::file_size(path_) == 0;
  }

 private:
  const std::string path_;
};

// Whether the cut was one.
bool CutPower(int cut, LoopDisk& disk, FaultRun& run) {
  run.NoteStaleReports();
  const Unsynced unsynced(disk, cut);
  run.NoteKill(Kill::Whom::kPower, run.AwaitCommit());
  EXPECT_TRUE(disk.CutPower().ok());
  // A server that goes on without its disk must not acknowledge anything either.
  if (run.random()() % 2 == 0) {
    Pause(kWithoutDiskMax * std::uniform_real_distribution<double>()(run.random()));
  }
  run.server().Kill();
  const absl::Status mounted = disk.Remount();
  EXPECT_TRUE(mounted.ok()) << mounted;
  run.StartServerAgain();
  return unsynced.IsGone();
}

TEST(PowerLossTest, NothingAcknowledgedIsLost) {
  const absl::StatusOr<std::unique_ptr<LoopDisk>> disk = LoopDisk::Create(kDiskMegabytes);
  if (!disk.ok()) GTEST_SKIP() << "no disk to cut the power of: " << disk.status();
  const int cuts = static_cast<int>(FromEnvironment("LULL_POWER_CUTS", 3));
  FaultRun run((*disk)->folder() + "/data");
  ASSERT_FALSE(testing::Test::HasFailure()) << "the processes did not come up";
  run.StartLoad();
  int real_cuts = 0;
  for (int i = 0; i < cuts; ++i) {
    run.AwaitHeight();
    real_cuts += CutPower(i, **disk, run);
    ASSERT_TRUE(run.server().process().running()) << run.server().process().LogTail();
  }
  run.StopLoad();
  run.AwaitEnd();
  const Findings findings = run.Finish();
  std::printf("%s", TableRow("cuts that took what was not synced", real_cuts).c_str());
  EXPECT_THAT(findings.violations, testing::IsEmpty());
  EXPECT_EQ(run.log().Count(Kill::Whom::kPower), cuts);
  EXPECT_EQ(real_cuts, cuts);
  EXPECT_GE(run.kills_with_commit_and_leases(), run.can_see_commits() ? cuts / 2 : 0);
  EXPECT_GE(findings.Count("submissions acknowledged"), 100);
}

}  // namespace
}  // namespace lull
