#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

TEST(EngineAttemptTest, GrantIsCommittedAndTheAnswerEndsTheJob) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  EXPECT_EQ(token.job, job);
  EXPECT_EQ(driver.store.live[job].state, JobState::kRunning);
  EXPECT_EQ(driver.store.live[job].lease, token.lease);
  EXPECT_EQ(driver.store.live[job].worker, "w1");
  driver.Pass(absl::Seconds(2));
  EXPECT_EQ(driver.Finish(token, Outcome::kSucceeded), ReportStanding::kAccepted);
  const JobEnded& ended = driver.store.ended.at(job);
  EXPECT_EQ(ended.state, JobState::kSucceeded);
  EXPECT_EQ(*ended.response, "answer");
  EXPECT_EQ(ended.usage.completion, 7);
  ASSERT_EQ(ended.attempts.size(), 1u);
  EXPECT_EQ(ended.attempts[0].billed, Billed::kYes);
  EXPECT_EQ(ended.attempts[0].end - ended.attempts[0].start, absl::Seconds(2));
}

TEST(EngineAttemptTest, LeasedJobIsNotGivenToAnother) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  driver.LeaseOne("w1");
  EXPECT_TRUE(driver.Lease(10, "w2").empty());
}

TEST(EngineAttemptTest, BusyAnswerCostsNoAttemptAndGoesToTheOtherUpstreamAtOnce) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  const std::string first = driver.store.live[job].upstream;
  driver.Finish(token, Outcome::kBusy);
  EXPECT_EQ(driver.StateOf(job), JobState::kPending);
  EXPECT_EQ(driver.store.live[job].attempt_count, 0);
  EXPECT_EQ(driver.LeaseOne().lease, token.lease + 1);
  EXPECT_NE(driver.store.live[job].upstream, first);
}

TEST(EngineAttemptTest, AfterAllUpstreamsFailedTheJobBacksOffDurably) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  driver.Finish(driver.LeaseOne(), Outcome::kServerError);
  driver.Finish(driver.LeaseOne(), Outcome::kServerError);
  const LiveState live = driver.store.live[job];
  EXPECT_EQ(live.attempt_count, 2);
  EXPECT_TRUE(live.backing_off);
  EXPECT_GT(live.not_before, driver.now.wall);
  EXPECT_LE(live.not_before, driver.now.wall + absl::Seconds(1));
  EXPECT_EQ(driver.View(job)->waiting.reason, PendingReason::kBackoff);
  EXPECT_TRUE(driver.Lease().empty());
  driver.Restart();
  EXPECT_TRUE(driver.Lease().empty());
  driver.Pass(absl::Seconds(1));
  EXPECT_EQ(driver.Lease().size(), 1u);
}

TEST(EngineAttemptTest, JobFailsWhenItsAttemptsAreUsedUp) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  for (int i = 0; i < 3; ++i) {
    driver.Pass(absl::Seconds(10));
    AttemptReport report = driver.Report(driver.LeaseOne(), Outcome::kServerError);
    report.error = {13, "HTTP_500", "it broke"};
    driver.Finish(report);
  }
  const JobEnded& ended = driver.store.ended.at(job);
  EXPECT_EQ(ended.state, JobState::kFailed);
  EXPECT_EQ(ended.error.reason, "HTTP_500");
  EXPECT_EQ(ended.attempt_count, 3);
  EXPECT_EQ(ended.attempts.size(), 3u);
}

TEST(EngineAttemptTest, PermanentRefusalFailsAtOnce) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  driver.Finish(driver.LeaseOne(), Outcome::kInvalidRequest);
  EXPECT_EQ(driver.store.ended.at(job).state, JobState::kFailed);
  EXPECT_EQ(driver.store.ended.at(job).error.reason, "INVALID_REQUEST");
}

TEST(EngineAttemptTest, OperatorsProblemLeavesTheJobWaiting) {
  auto plan = TwoUpstreamPlan();
  plan->route_groups[0].members.pop_back();
  EngineDriver driver(plan);
  const JobNumber job = driver.Submit();
  driver.Finish(driver.LeaseOne(), Outcome::kUnauthorized);
  EXPECT_EQ(driver.StateOf(job), JobState::kPending);
  EXPECT_TRUE(driver.Lease().empty());
  EXPECT_EQ(driver.View(job)->waiting.reason, PendingReason::kNoUpstream);
  driver.Pass(absl::Seconds(30));
  EXPECT_EQ(driver.Finish(driver.LeaseOne(), Outcome::kSucceeded), ReportStanding::kAccepted);
  EXPECT_EQ(driver.store.ended.at(job).attempt_count, 0) << "neither refusals nor answers count";
}

TEST(EngineAttemptTest, ManyAttemptsKeepTheFirstAndTheLastTen) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  for (int i = 0; i < 35; ++i) {
    driver.Pass(absl::Minutes(1));
    driver.Finish(driver.LeaseOne(), Outcome::kBusy);
  }
  const std::vector<Attempt>& attempts = driver.store.live[job].attempts;
  ASSERT_EQ(attempts.size(), 20u);
  EXPECT_EQ(attempts[9].number, 10);
  EXPECT_EQ(attempts[10].number, 26);
  EXPECT_EQ(attempts[19].number, 35);
}

}  // namespace
}  // namespace lull
