#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

constexpr absl::Duration kLease = absl::Seconds(30);

TEST(EngineLeaseTest, LeaseThatRunsOutGivesTheJobToAnotherAndTheOldResultIsStale) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken old = driver.LeaseOne("w1");
  driver.Pass(kLease);
  EXPECT_EQ(driver.StateOf(job), JobState::kPending);
  EXPECT_EQ(driver.store.live[job].attempt_count, 1);
  EXPECT_EQ(driver.store.live[job].attempts.back().outcome, Outcome::kUnknown);
  EXPECT_EQ(driver.store.live[job].attempts.back().billed, Billed::kMaybe);
  const LeaseToken fresh = driver.LeaseOne("w2");
  EXPECT_GT(fresh.lease, old.lease);
  EXPECT_EQ(driver.Finish(old, Outcome::kSucceeded), ReportStanding::kStale);
  EXPECT_EQ(driver.Renew({old}), LeaseStanding::kLost);
  EXPECT_EQ(driver.Finish(fresh, Outcome::kSucceeded), ReportStanding::kAccepted);
  EXPECT_EQ(driver.Finish(old, Outcome::kSucceeded), ReportStanding::kNotLive);
  EXPECT_EQ(driver.engine->TakeStaleReports(), 1);
}

TEST(EngineLeaseTest, PaidAnswerOfALeaseThatRanOutIsTakenWhileNobodyElseHasTheJob) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  driver.Pass(kLease + absl::Seconds(5));
  ASSERT_EQ(driver.StateOf(job), JobState::kPending);
  EXPECT_EQ(driver.Finish(token, Outcome::kSucceeded), ReportStanding::kAccepted);
  EXPECT_EQ(driver.StateOf(job), JobState::kSucceeded);
  EXPECT_EQ(driver.store.ended.at(job).attempts.size(), 1u);
  EXPECT_EQ(driver.store.ended.at(job).attempts[0].outcome, Outcome::kSucceeded);
  EXPECT_TRUE(driver.Lease().empty());
}

TEST(EngineLeaseTest, RenewedLeaseDoesNotRunOut) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  for (int i = 0; i < 10; ++i) {
    driver.Pass(absl::Seconds(20));
    EXPECT_EQ(driver.Renew({token}), LeaseStanding::kHeld);
  }
  EXPECT_EQ(driver.StateOf(job), JobState::kRunning);
}

TEST(EngineLeaseTest, WallClockJumpDoesNotEndALease) {
  EngineDriver driver(TwoUpstreamPlan());
  auto job = driver.Job();
  job.spec->deadline = driver.now.wall + absl::Hours(24 * 3000);
  const JobNumber number = driver.Submit(job);
  driver.LeaseOne();
  driver.now.wall += absl::Hours(24 * 365);
  driver.Pass(absl::Seconds(1));
  EXPECT_EQ(driver.StateOf(number), JobState::kRunning);
  driver.now.wall -= absl::Hours(24 * 730);
  driver.Pass(absl::Seconds(1));
  EXPECT_EQ(driver.StateOf(number), JobState::kRunning);
}

TEST(EngineLeaseTest, ResultSentAgainIsAcceptedAgain) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  const AttemptReport report = driver.Report(driver.LeaseOne(), Outcome::kServerError);
  EXPECT_EQ(driver.Finish(report), ReportStanding::kAccepted);
  EXPECT_EQ(driver.Finish(report), ReportStanding::kAccepted);
  driver.LeaseOne();
  EXPECT_EQ(driver.Finish(report), ReportStanding::kAccepted);
  AttemptReport other = report;
  other.hash = 77;
  EXPECT_EQ(driver.Finish(other), ReportStanding::kStale);
}

TEST(EngineLeaseTest, TokenOfAnotherStoreIsStale) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  LeaseToken token = driver.LeaseOne();
  ++token.instance;
  EXPECT_EQ(driver.Finish(token, Outcome::kSucceeded), ReportStanding::kStale);
  EXPECT_EQ(driver.Renew({token}), LeaseStanding::kLost);
  EXPECT_EQ(driver.Release(token), LeaseStanding::kLost);
}

TEST(EngineLeaseTest, ReleasedJobGoesBackWithoutCost) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  EXPECT_EQ(driver.Release(token), LeaseStanding::kHeld);
  EXPECT_EQ(driver.Release(token), LeaseStanding::kLost);
  EXPECT_EQ(driver.store.live[job].attempt_count, 0);
  EXPECT_EQ(driver.store.live[job].attempts.back().billed, Billed::kNo);
  EXPECT_EQ(driver.LeaseOne().job, job);
}

TEST(EngineLeaseTest, GrantThatItsWorkerNeverMentionsIsTakenBackUnbilled) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber lost = driver.Submit();
  driver.LeaseOne();
  driver.Pass(absl::Seconds(9));
  driver.Renew({});
  EXPECT_EQ(driver.StateOf(lost), JobState::kRunning) << "too early: the reply may be on its way";
  driver.Pass(absl::Seconds(1));
  driver.Renew({});
  EXPECT_EQ(driver.StateOf(lost), JobState::kRunning) << "once may be a race";
  driver.Pass(absl::Seconds(10));
  driver.Renew({});
  EXPECT_EQ(driver.StateOf(lost), JobState::kPending);
  EXPECT_EQ(driver.store.live[lost].attempts.back().outcome, Outcome::kReleased);
  EXPECT_EQ(driver.store.live[lost].attempt_count, 0);
}

TEST(EngineLeaseTest, AnAnswerToAGrantThatWasTakenBackIsTakenWhileNobodyElseHasTheJob) {
  for (const bool leased_again : {false, true}) {
    EngineDriver driver(TwoUpstreamPlan());
    const JobNumber job = driver.Submit();
    const LeaseToken late = driver.LeaseOne();
    driver.Pass(absl::Seconds(10));
    driver.Renew({});
    driver.Renew({});
    ASSERT_EQ(driver.StateOf(job), JobState::kPending);
    if (leased_again) driver.LeaseOne("w2");
    EXPECT_EQ(driver.Renew({late}), leased_again ? LeaseStanding::kLost : LeaseStanding::kHeld);
    EXPECT_EQ(driver.Finish(late, Outcome::kSucceeded),
              leased_again ? ReportStanding::kStale : ReportStanding::kAccepted);
    if (leased_again) continue;
    EXPECT_EQ(driver.store.ended[job].state, JobState::kSucceeded);
    EXPECT_EQ(driver.store.ended[job].attempts.back().billed, Billed::kYes);
    EXPECT_EQ(driver.store.ended[job].usage.completion, 7);
  }
}

TEST(EngineLeaseTest, AWorkerThatOnlyRenewsDoesNotKeepAJobForEver) {
  for (const bool cancelled : {false, true}) {
    auto plan = TwoUpstreamPlan();
    plan->classes[0].time_limits.total = absl::Minutes(5);
    EngineDriver driver(plan);
    const JobNumber job = driver.Submit();
    const LeaseToken token = driver.LeaseOne();
    if (cancelled) driver.Cancel(job);
    for (int i = 0; i < 30; ++i) {
      driver.Pass(absl::Seconds(10));
      driver.Renew({token});
    }
    EXPECT_EQ(driver.StateOf(job), cancelled ? JobState::kCancelling : JobState::kRunning)
        << "its time is over only now";
    for (int i = 0; i < 9; ++i) {
      driver.Pass(absl::Seconds(10));
      driver.Renew({token});
    }
    if (cancelled) {
      EXPECT_EQ(driver.store.ended[job].state, JobState::kCancelled);
    } else {
      EXPECT_EQ(driver.StateOf(job), JobState::kPending);
      EXPECT_EQ(driver.store.live[job].attempts.back().outcome, Outcome::kUnknown);
    }
  }
}

TEST(EngineLeaseTest, GrantThatWasMentionedOnceIsNotTakenBack) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  driver.Pass(absl::Seconds(9));
  driver.Renew({token});
  for (int i = 0; i < 2; ++i) {
    driver.Pass(absl::Seconds(10));
    driver.Renew({});
  }
  EXPECT_EQ(driver.StateOf(job), JobState::kRunning);
}

TEST(EngineLeaseTest, ClassMayFailJobsWhoseOutcomeIsUnknown) {
  auto plan = TwoUpstreamPlan();
  plan->classes[0].on_unknown = OnUnknown::kFail;
  EngineDriver driver(plan);
  const JobNumber job = driver.Submit();
  driver.LeaseOne();
  driver.Pass(kLease);
  EXPECT_EQ(driver.store.ended.at(job).state, JobState::kFailed);
  EXPECT_EQ(driver.store.ended.at(job).attempts[0].billed, Billed::kMaybe);
}

TEST(EngineLeaseTest, CallOfALostWorkerKeepsItsPlaceUntilItsTimeLimitAlsoOverARestart) {
  auto plan = TwoUpstreamPlan();
  plan->classes[0].concurrency = 1;
  plan->classes[0].time_limits.total = absl::Minutes(2);
  EngineDriver driver(plan);
  driver.Submit();
  driver.LeaseOne();
  driver.Pass(kLease);
  EXPECT_TRUE(driver.Lease().empty());
  driver.Restart();
  EXPECT_TRUE(driver.Lease().empty());
  driver.Pass(absl::Minutes(2) - kLease);
  EXPECT_EQ(driver.Lease().size(), 1u);
  EXPECT_TRUE(driver.store.small.empty());
}

TEST(EngineLeaseTest, AfterARestartARunningLeaseHasAFreshPeriod) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  driver.Pass(kLease - absl::Seconds(1));
  driver.Restart();
  driver.Pass(kLease - absl::Seconds(1));
  EXPECT_EQ(driver.StateOf(job), JobState::kRunning);
  EXPECT_EQ(driver.Finish(token, Outcome::kSucceeded), ReportStanding::kAccepted);
}

}  // namespace
}  // namespace lull
