// What is answered while the store cannot be recovered, and what is not committed at all.
#include "server/engine/outage.h"

#include <future>
#include <string>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/engine/engine_status.h"
#include "tests/server/engine/loop_fixture.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

class OutageTest : public LoopFixture {
 protected:
  // A commit of this fails, and no recovery succeeds until EndOutage().
  void BeginOutage(JobNumber cancelled, FaultyStore::Fault fault) {
    store_->FailRecoveries(1'000'000);
    store_->FailNext(fault);
    EXPECT_EQ(ReasonOf(Ask<CancelReply>(CancelRequest{kCaller, cancelled}).status()),
              "COMMIT_UNKNOWN");
    while (loop_->healthy()) std::this_thread::yield();
  }
  void EndOutage() {
    store_->FailRecoveries(0);
    while (!loop_->healthy()) {
      clock_.Advance(absl::Milliseconds(50));
      std::this_thread::yield();
    }
  }
  absl::StatusOr<ReadReply> Read(JobNumber job) {
    return Ask<ReadReply>(ReadRequest{kCaller, {job}});
  }
};

TEST_F(OutageTest, QuestionsAreAnsweredFromWhatIsCommittedAndNothingElse) {
  const JobNumber job = Submit();
  BeginOutage(job, FaultyStore::Fault::kKeepNothing);
  const absl::StatusOr<ReadReply> read = Read(job);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_TRUE(read->jobs[0]) << "that it was cancelled is not on disk";
  EXPECT_EQ(read->jobs[0]->state.state, JobState::kPending);
  const absl::StatusOr<StatsReply> stats = Ask<StatsReply>(StatsRequest{10});
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->classes[0].pending, 1);
  EXPECT_EQ(stats->newest_event, 1);
  EXPECT_THAT(stats->refusing_submits, HasSubstr("cannot write to its store"));
  EndOutage();
  EXPECT_EQ(Ask<StatsReply>(StatsRequest{})->refusing_submits, "");
}

TEST_F(OutageTest, AGroupThatIsOnDiskIsShownThoughNobodyWasToldSo) {
  const JobNumber job = Submit();
  auto wait = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Seconds(60), nullptr});
  BeginOutage(job, FaultyStore::Fault::kKeepEverything);
  EXPECT_FALSE(Read(job)->jobs[0]) << "it has ended";
  const absl::StatusOr<AwaitReply> waited = Get(std::move(wait));
  ASSERT_TRUE(waited.ok()) << waited.status();
  EXPECT_FALSE(waited->live) << "and whoever waits for that is told";
}

TEST_F(OutageTest, WhatIsParkedIsAnsweredWhenItsTimeIsOver) {
  const JobNumber job = Submit();
  auto wait = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Seconds(30), nullptr});
  LeaseRequest other = Poll(absl::Seconds(20));
  other.credentials = {"none"};
  auto poll = Post<LeaseReply>(other);
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());  // both are parked by now
  BeginOutage(job, FaultyStore::Fault::kKeepNothing);
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  EXPECT_EQ(poll.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  clock_.Advance(absl::Seconds(10));
  const absl::StatusOr<LeaseReply> polled = Get(std::move(poll));
  ASSERT_TRUE(polled.ok()) << polled.status();
  EXPECT_TRUE(polled->grants.empty());
  EXPECT_EQ(wait.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  clock_.Advance(absl::Seconds(10));
  const absl::StatusOr<AwaitReply> waited = Get(std::move(wait));
  ASSERT_TRUE(waited.ok()) << waited.status();
  ASSERT_TRUE(waited->live);
  EXPECT_EQ(waited->live->state.state, JobState::kPending);
}

TEST_F(OutageTest, WhereNothingCanBeReadWaitsEndInTimeAllTheSame) {
  const JobNumber job = Submit();
  auto wait = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Seconds(30), nullptr});
  LeaseRequest other = Poll(absl::Seconds(20));
  other.credentials = {"none"};
  auto poll = Post<LeaseReply>(other);
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  store_->HideCommitted(true);
  BeginOutage(job, FaultyStore::Fault::kKeepNothing);
  EXPECT_EQ(ReasonOf(Read(job).status()), "RECOVERING");
  clock_.Advance(absl::Seconds(20));
  const absl::StatusOr<LeaseReply> polled = Get(std::move(poll));
  ASSERT_TRUE(polled.ok()) << polled.status();
  EXPECT_TRUE(polled->grants.empty());
  EXPECT_EQ(wait.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(ReasonOf(Get(std::move(wait)).status()), "RECOVERING") << "how it stands is not known";
  // It can be read again: so it is, at the next try.
  store_->HideCommitted(false);
  absl::StatusOr<ReadReply> read;
  do {
    clock_.Advance(absl::Seconds(1));
    read = Read(job);
  } while (!read.ok());
  EXPECT_TRUE(read->jobs[0]);
}

TEST_F(OutageTest, APollThatComesMeanwhileIsGivenNothingUntilItIsOver) {
  const JobNumber job = Submit();
  BeginOutage(job, FaultyStore::Fault::kKeepNothing);
  auto poll = Post<LeaseReply>(Poll(absl::Hours(1)));
  const absl::StatusOr<StatsReply> stats = Ask<StatsReply>(StatsRequest{});
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->workers.size(), 1u) << "it is known to be there";
  EXPECT_EQ(poll.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EndOutage();
  const absl::StatusOr<LeaseReply> polled = Get(std::move(poll));
  ASSERT_TRUE(polled.ok()) << polled.status();
  ASSERT_EQ(polled->grants.size(), 1u);
  EXPECT_EQ(polled->grants[0].token.job, job);
}

TEST_F(OutageTest, WaitingJobsSayThatTheStoreIsWhatTheyWaitFor) {
  const JobNumber job = Submit();
  BeginOutage(job, FaultyStore::Fault::kKeepNothing);
  const absl::StatusOr<ReadReply> read = Read(job);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->jobs[0]->waiting.reason, PendingReason::kStoreUnavailable);
  EXPECT_THAT(read->jobs[0]->waiting.detail, HasSubstr("cannot write to its store: no calls"));
}

TEST_F(OutageTest, WaitingJobsSayThatTheDiskIsWhatTheyWaitForWhereItIsFull) {
  const JobNumber job = Submit();
  store_->SetFreeBytes(0);
  BeginOutage(job, FaultyStore::Fault::kKeepNothing);
  const absl::StatusOr<ReadReply> read = Read(job);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->jobs[0]->waiting.reason, PendingReason::kDiskLow);
  EXPECT_THAT(read->jobs[0]->waiting.detail,
              HasSubstr("cannot write to its store, because its disk is full"));
}

TEST_F(OutageTest, CommandsAreRefusedAlsoThoseThatWaitedForIt) {
  const JobNumber job = Submit();
  BeginOutage(job, FaultyStore::Fault::kKeepNothing);
  EXPECT_EQ(ReasonOf(Ask<SubmitReply>(OneJob()).status()), "RECOVERING");
  EXPECT_EQ(ReasonOf(Ask<CancelReply>(CancelRequest{kCaller, job}).status()), "RECOVERING");
  EXPECT_EQ(ReasonOf(Ask<RenewReply>(RenewRequest{kCaller, "w1", {}}).status()), "RECOVERING");
  EndOutage();
  EXPECT_TRUE(Ask<SubmitReply>(OneJob()).ok());
}

TEST_F(OutageTest, DrainAnswersPollsAndStopEverybody) {
  const JobNumber job = Submit();
  BeginOutage(job, FaultyStore::Fault::kKeepNothing);
  auto wait = Post<AwaitReply>(AwaitRequest{kCaller, job, absl::Hours(1), nullptr});
  auto poll = Post<LeaseReply>(Poll(absl::Hours(1)));
  ASSERT_TRUE(Ask<StatsReply>(StatsRequest{}).ok());
  loop_->Drain();
  EXPECT_TRUE(Get(std::move(poll))->grants.empty());
  EXPECT_TRUE(Get(std::move(wait))->live);
  loop_->Stop();
  EXPECT_EQ(ReasonOf(Read(job).status()), "DRAINING");
}

TEST_F(OutageTest, AStoreThatRecoversButCommitsNothingIsLeftAloneForAWhile) {
  const JobNumber job = Submit();
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  EXPECT_FALSE(Ask<CancelReply>(CancelRequest{kCaller, job}).ok());
  while (!loop_->healthy()) std::this_thread::yield();
  EXPECT_EQ(store_->recoveries(), 2) << "at once, the first time";
  store_->FailNext(FaultyStore::Fault::kKeepNothing);
  EXPECT_FALSE(Ask<CancelReply>(CancelRequest{kCaller, job}).ok());
  const absl::StatusOr<ReadReply> read = Read(job);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->jobs[0]);
  EXPECT_EQ(store_->recoveries(), 2) << "not before some time is over";
  EndOutage();
  EXPECT_EQ(store_->recoveries(), 3);
  EXPECT_TRUE(Ask<CancelReply>(CancelRequest{kCaller, job}).ok());
}

// ---- a forbidden transition

class ForbiddenTransitionTest : public LoopFixture {
 protected:
  // A running job that the engine takes for one that has succeeded.
  LeaseToken MakeWrongJob() {
    Submit();
    const LeaseToken token = Ask<LeaseReply>(Poll(absl::ZeroDuration()))->grants[0].token;
    store_->MakeWrong(token.job);
    store_->FailNext(FaultyStore::Fault::kKeepNothing);
    EXPECT_FALSE(Ask<SubmitReply>(OneJob()).ok());
    while (!loop_->healthy()) std::this_thread::yield();
    Submit();  // commits go on
    return token;
  }
  JobState StateInTheStore(JobNumber job) {
    JobState state = JobState::kPending;
    EXPECT_TRUE(real_store_
                    ->LoadLive([&](LiveState live) {
                      if (live.number == job) state = live.state;
                    })
                    .ok());
    return state;
  }
};

TEST_F(ForbiddenTransitionTest, IsRefusedAndNothingOfItsGroupIsCommitted) {
  const LeaseToken token = MakeWrongJob();
  const absl::StatusOr<ReleaseReply> released =
      Ask<ReleaseReply>(ReleaseRequest{kCaller, "w1", {token}});
  EXPECT_EQ(released.status().code(), absl::StatusCode::kInternal) << released.status();
  EXPECT_EQ(ReasonOf(released.status()), "FORBIDDEN_TRANSITION");
  while (!loop_->healthy()) std::this_thread::yield();
  EXPECT_EQ(store_->recoveries(), 3) << "the engine is loaded anew";
  Submit();  // the others go on
  loop_->Stop();
  EXPECT_EQ(StateInTheStore(token.job), JobState::kRunning) << "as it was";
}

TEST_F(ForbiddenTransitionTest, ThatTimeBringsAboutIsNotCommittedEither) {
  const LeaseToken token = MakeWrongJob();
  clock_.Advance(options_.plan->lease_duration + absl::Seconds(1));
  while (store_->recoveries() < 3 || !loop_->healthy()) std::this_thread::yield();
  loop_->Stop();
  EXPECT_EQ(StateInTheStore(token.job), JobState::kRunning);
}

}  // namespace
}  // namespace lull
