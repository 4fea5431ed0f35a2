// What the loop does for its store between the groups: removing what need not be kept, and backups.
#include <algorithm>
#include <cstdint>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/engine/engine_status.h"
#include "tests/server/engine/loop_fixture.h"

namespace lull {
namespace {

constexpr absl::Duration kKept = absl::Hours(1);

class EngineUpkeepTest : public LoopFixture {
 protected:
  EngineUpkeepTest() {
    options_.retention.finished_jobs = kKept;
    options_.retention.events = kKept;
  }

  JobNumber SubmitAndFinish() {
    const JobNumber job = Submit();
    const absl::StatusOr<LeaseReply> lease = Ask<LeaseReply>(Poll(absl::ZeroDuration()));
    EXPECT_EQ(lease->grants.size(), 1u);
    EXPECT_TRUE(Finish(lease->grants[0].token).ok());
    return job;
  }
  bool IsStored(JobNumber job) {
    const auto reader = real_store_->OpenReader();
    EXPECT_TRUE(reader.ok());
    return (*reader)->ReadSpec(job, false).ok();
  }
  // The test's time limit is the only one.
  void AwaitRemoval(JobNumber job) {
    while (IsStored(job)) std::this_thread::yield();
  }

  void AwaitPrunings(int count) {
    const int until = store_->prunings() + count;
    while (store_->prunings() < until) {
      clock_.Advance(absl::Minutes(1));
      Submit();
    }
  }

  std::future<absl::StatusOr<BackupReply>> StartBackup(const std::string& name,
                                                       Withdrawn withdrawn = nullptr) {
    BackupRequest request;
    request.caller = kCaller;
    request.file_name = name;
    request.withdrawn = std::move(withdrawn);
    return Post<BackupReply>(std::move(request));
  }
};

TEST_F(EngineUpkeepTest, FinishedJobsGoWhenTheirTimeIsOverThoughNothingElseHappens) {
  const JobNumber old = SubmitAndFinish();
  clock_.Advance(kKept - absl::Minutes(1));
  const JobNumber young = SubmitAndFinish();
  const JobNumber live = Submit();
  EXPECT_TRUE(IsStored(old));
  clock_.Advance(absl::Minutes(2));
  AwaitRemoval(old);
  EXPECT_TRUE(IsStored(live));
  EXPECT_TRUE(IsStored(young));
}

TEST_F(EngineUpkeepTest, FinishedJobsGoUnderLoadToo) {
  const JobNumber old = SubmitAndFinish();
  clock_.Advance(kKept + absl::Minutes(1));
  std::vector<std::future<absl::StatusOr<SubmitReply>>> load;
  while (IsStored(old)) {
    // Always something in the inbox: the loop is never idle.
    for (int i = 0; i < 8; ++i) load.push_back(Post<SubmitReply>(OneJob()));
    while (load.size() > 64) {
      EXPECT_TRUE(Get(std::move(load.front())).ok());
      load.erase(load.begin());
    }
  }
  for (auto& submit : load) EXPECT_TRUE(Get(std::move(submit)).ok());
}

TEST_F(EngineUpkeepTest, RequestsOfLiveJobsDoNotCountAgainstTheLimitOfFinishedBytes) {
  Close();
  options_.retention.max_finished_bytes = 1 << 20;
  Open();
  const JobNumber finished = SubmitAndFinish();
  SubmitRequest large = OneJob();
  std::mt19937 random(1);  // or it would be compressed
  std::string body;
  while (body.size() < 4 << 20) body.push_back(static_cast<char>(random()));
  large.jobs[0].spec->body = std::make_shared<const std::string>(std::move(body));
  const absl::StatusOr<SubmitReply> live = Ask<SubmitReply>(std::move(large));
  ASSERT_TRUE(live.ok()) << live.status();
  AwaitPrunings(2);
  EXPECT_TRUE(IsStored(finished));

  // When the large one has ended, the limit is exceeded.
  ASSERT_TRUE(Ask<CancelReply>(CancelRequest{kCaller, live->jobs[0].number}).ok());
  clock_.Advance(absl::Minutes(1));
  AwaitRemoval(finished);
}

TEST_F(EngineUpkeepTest, EventsGoFromTheOldEndAndTheFileStaysBounded) {
  int64_t largest_early = 0;
  int64_t largest_late = 0;
  for (int round = 0; round < 20; ++round) {
    JobNumber job = 0;
    for (int i = 0; i < 20; ++i) job = SubmitAndFinish();
    clock_.Advance(2 * kKept);
    AwaitRemoval(job);
    const int64_t bytes = real_store_->GetStats().file_bytes;
    int64_t& largest = round < 5 ? largest_early : largest_late;
    largest = std::max(largest, bytes);
  }
  EXPECT_LE(largest_late, largest_early + (int64_t{1} << 20));
  const auto reader = real_store_->OpenReader();
  ASSERT_TRUE(reader.ok());
  absl::StatusOr<JobReader::EventRange> range = (*reader)->ReadEventRange();
  while (range->oldest <= 1000) {
    std::this_thread::yield();
    range = (*reader)->ReadEventRange();
    ASSERT_TRUE(range.ok());
  }
  EXPECT_EQ(range->next, 20 * 20 * 3 + 1) << "numbers go on";
}

TEST_F(EngineUpkeepTest, BackupHoldsAllThatWasAcknowledgedBeforeItEnded) {
  for (int i = 0; i < 50; ++i) Submit();
  auto backup = StartBackup("copy.db");
  std::vector<JobNumber> acknowledged;
  while (backup.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    acknowledged.push_back(Submit());
  }
  const absl::StatusOr<BackupReply> reply = Get(std::move(backup));
  ASSERT_TRUE(reply.ok()) << reply.status();
  // The last one may have been acknowledged after it.
  if (!acknowledged.empty()) acknowledged.pop_back();
  Close();

  const std::string restored = absl::StrCat(directory_, "-restored");
  std::filesystem::remove_all(restored);
  std::filesystem::create_directory(restored);
  std::filesystem::copy_file(reply->path, absl::StrCat(restored, "/lull.db"));
  directory_ = restored;
  Open();
  for (JobNumber job = 1; job <= 50; ++job) EXPECT_TRUE(IsStored(job)) << job;
  for (JobNumber job : acknowledged) EXPECT_TRUE(IsStored(job)) << job;
  SubmitAndFinish();
}

TEST_F(EngineUpkeepTest, OneBackupAtATimeAndEverythingElseGoesOnMeanwhile) {
  store_->HoldBackups(true);
  auto first = StartBackup("a.db");
  const absl::Status second = Get(StartBackup("b.db")).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(second), "BACKUP_RUNNING");
  EXPECT_TRUE(Ask<StatsReply>(StatsRequest{})->backing_up);
  for (int i = 0; i < 10; ++i) SubmitAndFinish();
  EXPECT_EQ(first.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  store_->HoldBackups(false);
  EXPECT_TRUE(Get(std::move(first)).ok());
  EXPECT_FALSE(Ask<StatsReply>(StatsRequest{})->backing_up);
}

TEST_F(EngineUpkeepTest, FailedCommitAndAFullDiskEndABackup) {
  store_->HoldBackups(true);
  auto first = StartBackup("a.db");
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  EXPECT_FALSE(Ask<SubmitReply>(OneJob()).ok());
  EXPECT_EQ(Get(std::move(first)).status().code(), absl::StatusCode::kUnavailable);
  while (!loop_->healthy()) std::this_thread::yield();
  auto second = StartBackup("a.db");
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  store_->SetFreeBytes(0);
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  EXPECT_EQ(ReasonOf(Get(std::move(second)).status()), "DISK_LOW");
}

TEST_F(EngineUpkeepTest, NoBackupReplacesAFile) {
  ASSERT_TRUE(Get(StartBackup("a.db")).ok());
  const absl::StatusOr<BackupReply> again = Get(StartBackup("a.db"));
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(again.status()), "BACKUP_EXISTS");
}

TEST_F(EngineUpkeepTest, WithdrawnBackupLeavesNoFileAndTheNextOneMayBegin) {
  auto withdrawn = std::make_shared<std::atomic<bool>>(true);
  const absl::StatusOr<BackupReply> gone = Get(StartBackup("a.db", withdrawn));
  EXPECT_EQ(gone.status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Get(StartBackup("a.db")).ok());
}

TEST_F(EngineUpkeepTest, BackupNeedsRoomOnTheDisk) {
  store_->SetFreeBytes(0);
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  const absl::StatusOr<BackupReply> refused = Get(StartBackup("a.db"));
  EXPECT_EQ(ReasonOf(refused.status()), "DISK_LOW");
}

}  // namespace
}  // namespace lull
