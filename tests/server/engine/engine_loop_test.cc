#include "server/engine/engine_loop.h"

#include <future>
#include <memory>

#include "gtest/gtest.h"
#include "server/engine/engine_status.h"
#include "tests/server/engine/loop_fixture.h"

namespace lull {
namespace {

using EngineLoopTest = LoopFixture;

TEST_F(EngineLoopTest, AcknowledgedSubmitIsInTheStore) {
  const JobNumber job = Submit();
  absl::StatusOr<std::unique_ptr<JobReader>> reader = real_store_->OpenReader();
  ASSERT_TRUE(reader.ok());
  const auto spec = (*reader)->ReadSpec(job, true);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(*(*spec)->body, "{}");
}

TEST_F(EngineLoopTest, ParkedPollIsAnsweredByASubmit) {
  auto poll = Post<LeaseReply>(Poll(absl::Seconds(20)));
  const JobNumber job = Submit();
  const absl::StatusOr<LeaseReply> reply = Get(std::move(poll));
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->grants.size(), 1u);
  EXPECT_EQ(reply->grants[0].token.job, job);
}

TEST_F(EngineLoopTest, PollIsAnsweredEmptyWhenItsWaitIsOver) {
  auto poll = Post<LeaseReply>(Poll(absl::Seconds(20)));
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());  // the poll is parked by now
  EXPECT_EQ(poll.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  clock_.Advance(absl::Seconds(20));
  const absl::StatusOr<LeaseReply> reply = Get(std::move(poll));
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->grants.empty());
}

TEST_F(EngineLoopTest, WithdrawnPollIsGivenNothing) {
  auto withdrawn = std::make_shared<std::atomic<bool>>(false);
  LeaseRequest request = Poll(absl::Seconds(20));
  request.withdrawn = withdrawn;
  auto gone = Post<LeaseReply>(std::move(request));
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  *withdrawn = true;
  const JobNumber job = Submit();
  EXPECT_TRUE(Get(std::move(gone))->grants.empty());
  const absl::StatusOr<LeaseReply> next = Ask<LeaseReply>(Poll(absl::ZeroDuration()));
  ASSERT_EQ(next->grants.size(), 1u);
  EXPECT_EQ(next->grants[0].token.job, job);
}

TEST_F(EngineLoopTest, AwaitIsAnsweredByTheEnd) {
  const JobNumber job = Submit();
  auto wait = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Seconds(60), nullptr});
  const absl::StatusOr<LeaseReply> lease = Ask<LeaseReply>(Poll(absl::ZeroDuration()));
  EXPECT_EQ(wait.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  ASSERT_TRUE(Finish(lease->grants[0].token).ok());
  const absl::StatusOr<AwaitReply> reply = Get(std::move(wait));
  ASSERT_TRUE(reply.ok());
  EXPECT_FALSE(reply->live);
}

TEST_F(EngineLoopTest, AwaitIsAnsweredWithTheStateWhenItsTimeIsOver) {
  const JobNumber job = Submit();
  auto wait = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Seconds(60), nullptr});
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  clock_.Advance(absl::Seconds(60));
  const absl::StatusOr<AwaitReply> reply = Get(std::move(wait));
  ASSERT_TRUE(reply.ok());
  ASSERT_TRUE(reply->live);
  EXPECT_EQ(reply->live->state.state, JobState::kPending);
  EXPECT_EQ(reply->live->waiting.reason, PendingReason::kNoWorker);
}

TEST_F(EngineLoopTest, JobsAndLeasesSurviveARestart) {
  const JobNumber running = Submit();
  const absl::StatusOr<LeaseReply> lease = Ask<LeaseReply>(Poll(absl::ZeroDuration()));
  const JobNumber waiting = Submit();
  Close();
  Open();
  ASSERT_TRUE(Finish(lease->grants[0].token).ok());
  const absl::StatusOr<ReadReply> reply = Ask<ReadReply>(ReadRequest{kCaller, {running, waiting}});
  ASSERT_TRUE(reply.ok());
  EXPECT_FALSE(reply->jobs[0]);
  ASSERT_TRUE(reply->jobs[1]);
}

// ---- failed commits

TEST_F(EngineLoopTest, FailedCommitAcknowledgesNothingAndTheQueueGoesOn) {
  const JobNumber before = Submit();
  auto poll = Post<AwaitReply>(AwaitRequest{kCaller, before, absl::Seconds(60), nullptr});
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  const absl::StatusOr<SubmitReply> failed = Ask<SubmitReply>(OneJob());
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(failed.status().GetPayload(kReasonPayload), absl::Cord("COMMIT_UNKNOWN"));
  while (!loop_->healthy()) std::this_thread::yield();
  EXPECT_EQ(store_->recoveries(), 2);
  EXPECT_EQ(poll.wait_for(std::chrono::seconds(0)), std::future_status::timeout)
      << "it stays parked";
  const JobNumber after = Submit();
  EXPECT_EQ(after, before + 1) << "nothing of the failed group was kept";
}

TEST_F(EngineLoopTest, WhatIsParkedWaitsNoLongerBecauseOfAFailedCommit) {
  const JobNumber job = Submit();
  auto wait = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Seconds(60), nullptr});
  LeaseRequest other = Poll(absl::Seconds(60));
  other.credentials = {"none"};
  auto poll = Post<LeaseReply>(other);
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());  // both are parked by now
  clock_.Advance(absl::Seconds(50));
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  EXPECT_FALSE(Ask<SubmitReply>(OneJob()).ok());
  while (!loop_->healthy()) std::this_thread::yield();
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  EXPECT_EQ(wait.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_EQ(poll.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  clock_.Advance(absl::Seconds(10));
  const absl::StatusOr<AwaitReply> waited = Get(std::move(wait));
  ASSERT_TRUE(waited.ok()) << waited.status();
  EXPECT_TRUE(waited->live);
  EXPECT_TRUE(Get(std::move(poll)).ok());
}

// Or nothing that they are granted next could be taken back when the reply to the poll is lost.
TEST_F(EngineLoopTest, WorkersThatPollAreKnownAfterAFailedCommit) {
  LeaseRequest other = Poll(absl::Seconds(60));
  other.credentials = {"none"};  // or the failed group would answer the poll
  auto poll = Post<LeaseReply>(other);
  ASSERT_EQ(Ask<StatsReply>(StatsRequest{})->workers.size(), 1u);
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  EXPECT_FALSE(Ask<SubmitReply>(OneJob()).ok());
  while (!loop_->healthy()) std::this_thread::yield();
  const absl::StatusOr<StatsReply> stats = Ask<StatsReply>(StatsRequest{});
  ASSERT_TRUE(stats.ok()) << stats.status();
  ASSERT_EQ(stats->workers.size(), 1u);
  EXPECT_EQ(stats->workers[0].id, other.worker);
  EXPECT_EQ(poll.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
}

TEST_F(EngineLoopTest, RepetitionAfterAnUnknownCommitFindsTheJob) {
  store_->FailNext(FaultyStore::Fault::kKeepEverything);
  EXPECT_EQ(Ask<SubmitReply>(OneJob(/*key=*/7)).status().code(), absl::StatusCode::kUnavailable);
  while (!loop_->healthy()) std::this_thread::yield();
  const absl::StatusOr<SubmitReply> again = Ask<SubmitReply>(OneJob(/*key=*/7));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->jobs[0].existed);
}

TEST_F(EngineLoopTest, ResultOfAnUnknownCommitIsAcceptedAgain) {
  Submit();
  const absl::StatusOr<LeaseReply> lease = Ask<LeaseReply>(Poll(absl::ZeroDuration()));
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  EXPECT_FALSE(Finish(lease->grants[0].token).ok());
  while (!loop_->healthy()) std::this_thread::yield();
  const absl::StatusOr<FinishReply> again = Finish(lease->grants[0].token);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->standings[0], ReportStanding::kAccepted);
}

TEST_F(EngineLoopTest, WhileItRecoversNothingIsTakenAndNothingIsLost) {
  const JobNumber job = Submit();
  store_->FailRecoveries(3);
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  EXPECT_FALSE(Ask<SubmitReply>(OneJob()).ok());
  EXPECT_FALSE(loop_->healthy());
  const absl::StatusOr<SubmitReply> refused = Ask<SubmitReply>(OneJob());
  EXPECT_EQ(refused.status().GetPayload(kReasonPayload), absl::Cord("RECOVERING"));
  while (!loop_->healthy()) {
    clock_.Advance(absl::Milliseconds(50));
    std::this_thread::yield();
  }
  EXPECT_TRUE(Ask<ReadReply>(ReadRequest{kCaller, {job}})->jobs[0]);
}

// ---- bounds and end

TEST_F(EngineLoopTest, DrainRefusesSubmitsAnswersPollsAndStillTakesResults) {
  Submit();
  const absl::StatusOr<LeaseReply> lease = Ask<LeaseReply>(Poll(absl::ZeroDuration()));
  auto poll = Post<LeaseReply>(Poll(absl::Seconds(20)));
  loop_->Drain();
  const absl::StatusOr<LeaseReply> empty = Get(std::move(poll));
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->grants.empty());
  EXPECT_FALSE(empty->drain) << "the server goes, not the worker";
  EXPECT_EQ(Ask<SubmitReply>(OneJob()).status().GetPayload(kReasonPayload), absl::Cord("DRAINING"));
  ASSERT_TRUE(Finish(lease->grants[0].token).ok());
  loop_->Stop();
  EXPECT_EQ(Ask<StatsReply>(StatsRequest{}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(EngineLoopTest, StopAnswersEverybody) {
  const JobNumber job = Submit();
  auto wait = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Seconds(60), nullptr});
  LeaseRequest other = Poll(absl::Seconds(20));
  other.credentials = {"none"};
  auto poll = Post<LeaseReply>(other);
  loop_->Stop();
  EXPECT_EQ(wait.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(poll.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

}  // namespace
}  // namespace lull
