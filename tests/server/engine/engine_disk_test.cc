// What the engine takes and starts while the disk gets full, and after.
#include <cstdint>
#include <future>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "server/engine/disk_watch.h"
#include "server/engine/engine_status.h"
#include "tests/server/engine/loop_fixture.h"

namespace lull {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

class EngineDiskTest : public LoopFixture {
 protected:
  // The next round finds this much free.
  void SetFree(int64_t bytes) {
    store_->SetFreeBytes(bytes);
    ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  }
  std::string SubmitReason(uint64_t key = 0) {
    const absl::StatusOr<SubmitReply> reply = Ask<SubmitReply>(OneJob(key));
    return ReasonOf(reply.ok() ? reply->jobs[0].status : reply.status());
  }
};

TEST_F(EngineDiskTest, LowDiskRefusesJobsAndGoesOnWithThoseItHas) {
  const JobNumber job = Submit();
  SetFree(DiskWatch::kReserve - 1);
  const absl::StatusOr<SubmitReply> refused = Ask<SubmitReply>(OneJob());
  ASSERT_TRUE(refused.ok());
  const absl::Status status = refused->jobs[0].status;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), "DISK_LOW");
  EXPECT_TRUE(status.GetPayload(kRetryAfterPayload));
  EXPECT_NE(Ask<StatsReply>(StatsRequest{})->refusing_submits, "");
  const absl::StatusOr<LeaseReply> lease = Ask<LeaseReply>(Poll(absl::ZeroDuration()));
  ASSERT_EQ(lease->grants.size(), 1u);
  EXPECT_EQ(Finish(lease->grants[0].token)->standings[0], ReportStanding::kAccepted);
  EXPECT_FALSE(Ask<ReadReply>(ReadRequest{kCaller, {job}})->jobs[0]) << "it has ended";
}

TEST_F(EngineDiskTest, NearlyFullDiskStartsNoCallsAndStillTakesResults) {
  Submit();
  Submit();
  const absl::StatusOr<LeaseReply> lease = Ask<LeaseReply>(Poll(absl::ZeroDuration()));
  SetFree(DiskWatch::kReserve / 2 - kMiB);
  EXPECT_TRUE(Ask<LeaseReply>(Poll(absl::ZeroDuration()))->grants.empty());
  EXPECT_EQ(Finish(lease->grants[0].token)->standings[0], ReportStanding::kAccepted);
}

TEST_F(EngineDiskTest, WaitingJobsSayThatTheDiskIsWhatTheyWaitFor) {
  ASSERT_TRUE(Ask<LeaseReply>(Poll(absl::ZeroDuration())).ok());  // a worker is there
  const JobNumber job = Submit();
  const auto why = [&] { return (*Ask<ReadReply>(ReadRequest{kCaller, {job}})).jobs[0]->waiting; };
  EXPECT_EQ(why().reason, PendingReason::kPriority) << "nothing holds it";
  SetFree(DiskWatch::kReserve / 2 - kMiB);
  EXPECT_EQ(why().reason, PendingReason::kDiskLow);
  EXPECT_TRUE(absl::StrContains(why().detail, "31 MiB are free, less than half of the 64 MiB"))
      << why().detail;
  const StatsReply stats = *Ask<StatsReply>(StatsRequest{10});
  ASSERT_EQ(stats.lanes.size(), 1u);
  EXPECT_EQ(stats.lanes[0].waiting.reason, PendingReason::kDiskLow);
  EXPECT_EQ(stats.classes[0].pending_by_reason.at(0).first, PendingReason::kDiskLow);
  SetFree(2 * DiskWatch::kReserve);
  EXPECT_EQ(why().reason, PendingReason::kPriority);
}

TEST_F(EngineDiskTest, RoomMakesItTakeJobsAndStartCallsAgainByItself) {
  Submit();
  SetFree(0);
  auto poll = Post<LeaseReply>(Poll(absl::Seconds(60)));
  EXPECT_EQ(SubmitReason(), "DISK_LOW");
  SetFree(DiskWatch::kReserve + kMiB);
  EXPECT_EQ(SubmitReason(), "DISK_LOW") << "not at the very edge, or it would flap";
  SetFree(2 * DiskWatch::kReserve);
  EXPECT_EQ(SubmitReason(), "");
  EXPECT_EQ(Get(std::move(poll))->grants.size(), 1u) << "the poll that waited is served";
  EXPECT_EQ(Ask<StatsReply>(StatsRequest{})->refusing_submits, "");
}

TEST_F(EngineDiskTest, RepetitionOfAnAcknowledgedSubmitIsStillAnswered) {
  EXPECT_EQ(SubmitReason(/*key=*/7), "");
  SetFree(0);
  const absl::StatusOr<SubmitReply> again = Ask<SubmitReply>(OneJob(/*key=*/7));
  EXPECT_TRUE(again->jobs[0].status.ok());
  EXPECT_TRUE(again->jobs[0].existed);
}

TEST_F(EngineDiskTest, EveryRunningCallKeepsRoomForItsAnswer) {
  Submit();
  ASSERT_EQ(Ask<LeaseReply>(Poll(absl::ZeroDuration()))->grants.size(), 1u);
  SetFree(DiskWatch::kReserve);
  EXPECT_EQ(SubmitReason(), "DISK_LOW");
  EXPECT_EQ(Ask<StatsReply>(StatsRequest{})->disk_reserve_bytes,
            DiskWatch::kReserve + DiskWatch::kReserveOfCall);
}

TEST_F(EngineDiskTest, FullDiskAtACommitIsSaidWhileItRecovers) {
  const JobNumber job = Submit();
  store_->FailRecoveries(1'000'000);
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  store_->SetFreeBytes(0);
  EXPECT_FALSE(Ask<CancelReply>(CancelRequest{kCaller, job}).ok());
  while (loop_->healthy()) std::this_thread::yield();
  const auto says_why = [&] {
    const absl::Status status = Ask<SubmitReply>(OneJob()).status();
    EXPECT_EQ(ReasonOf(status), "RECOVERING") << "whether a repeated job is there is not known";
    return absl::StrContains(status.message(), "disk is full");
  };
  while (!says_why()) std::this_thread::yield();
  EXPECT_TRUE(Ask<ReadReply>(ReadRequest{kCaller, {job}}).ok()) << "reads go on";
  store_->FailRecoveries(0);
  store_->SetFreeBytes(2 * DiskWatch::kReserve);
  while (!loop_->healthy()) {
    clock_.Advance(absl::Milliseconds(50));
    std::this_thread::yield();
  }
  EXPECT_EQ(SubmitReason(), "");
}

}  // namespace
}  // namespace lull
