#include "server/engine/engine.h"

#include <algorithm>

#include "gtest/gtest.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

constexpr absl::Duration kLease = absl::Seconds(30);

NewJob WithKey(NewJob job, uint64_t key, uint64_t content) {
  job.request_key = NewJob::RequestKey{{key, key}, content};
  return job;
}

// ---- submit

TEST(EngineTest, SubmittedJobIsPendingAndRecorded) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  EXPECT_EQ(driver.StateOf(job), JobState::kPending);
  ASSERT_TRUE(driver.store.specs.contains(job));
  EXPECT_EQ(driver.store.specs[job]->deadline, driver.now.wall + absl::Hours(24));
  EXPECT_EQ(driver.store.live[job].state, JobState::kPending);
  ASSERT_EQ(driver.store.events.size(), 1u);
  EXPECT_EQ(driver.store.events[0].kind, EventKind::kCreated);
}

TEST(EngineTest, RepeatedRequestIdGivesTheSameJobAlsoAfterItEndedAndAfterARestart) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit(WithKey(driver.Job(), 1, 2));
  const std::vector<Submitted> again = driver.SubmitAll({WithKey(driver.Job(), 1, 2)});
  EXPECT_TRUE(again[0].existed);
  EXPECT_EQ(again[0].number, job);
  driver.Finish(driver.LeaseOne(), Outcome::kSucceeded);
  driver.Restart();
  const std::vector<Submitted> later = driver.SubmitAll({WithKey(driver.Job(), 1, 2)});
  EXPECT_TRUE(later[0].existed);
  EXPECT_EQ(later[0].number, job);
  EXPECT_EQ(driver.store.specs.size(), 1u);
}

TEST(EngineTest, RequestIdWithOtherContentIsRefused) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit(WithKey(driver.Job(), 1, 2));
  const std::vector<Submitted> other = driver.SubmitAll({WithKey(driver.Job(), 1, 3)});
  EXPECT_EQ(other[0].status.code(), absl::StatusCode::kAlreadyExists);
}

TEST(EngineTest, RequestIdIsForgottenOnlyAfterTheWindow) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit(WithKey(driver.Job(), 1, 2));
  for (int day = 0; day < 4; ++day) {
    driver.Pass(absl::Hours(24));
    driver.Submit(WithKey(driver.Job(), 100 + day, 2));
    const std::vector<Submitted> again = driver.SubmitAll({WithKey(driver.Job(), 1, 2)});
    if (day == 0) {
      EXPECT_EQ(again[0].number, job);
    }
    if (day == 3) {
      EXPECT_NE(again[0].number, job);
    }
  }
}

TEST(EngineTest, AtomicSubmitTakesAllOrNone) {
  EngineDriver driver(TwoUpstreamPlan());
  NewJob late = driver.Job();
  late.spec->deadline = driver.now.wall - absl::Seconds(1);
  std::vector<Submitted> refused = driver.SubmitAll({driver.Job(), late, driver.Job()}, true);
  EXPECT_EQ(refused[0].status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(refused[1].status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused[2].status.code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(driver.store.specs.empty());
  refused = driver.SubmitAll({WithKey(driver.Job(), 1, 1), WithKey(driver.Job(), 1, 2)}, true);
  EXPECT_EQ(refused[1].status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(driver.store.specs.empty());
  const std::vector<Submitted> taken =
      driver.SubmitAll({WithKey(driver.Job(), 1, 1), WithKey(driver.Job(), 1, 1)}, true);
  EXPECT_EQ(taken[0].number, taken[1].number);
}

TEST(EngineTest, QueueThatIsFullRefusesAndTakesAgainLater) {
  auto plan = TwoUpstreamPlan();
  plan->max_live_jobs_per_tenant = 2;
  EngineDriver driver(plan);
  driver.Submit();
  driver.Submit();
  EXPECT_EQ(driver.SubmitAll({driver.Job()})[0].status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(driver.store.specs.size(), 2u);
  driver.Finish(driver.LeaseOne(), Outcome::kSucceeded);
  EXPECT_TRUE(driver.SubmitAll({driver.Job()})[0].status.ok());
}

TEST(EngineTest, SameSeedGivesTheSameIdsAndNoIdTwice) {
  EngineDriver one(TwoUpstreamPlan());
  EngineDriver two(TwoUpstreamPlan());
  std::vector<JobId> ids;
  for (int i = 0; i < 100; ++i) {
    const JobNumber job = one.Submit();
    EXPECT_EQ(two.Submit(), job);
    EXPECT_EQ(one.store.specs[job]->id, two.store.specs[job]->id);
    ids.push_back(one.store.specs[job]->id);
    if (i % 10 == 0) {
      one.Restart();
      two.Restart();
    }
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

// ---- the way to an answer

TEST(EngineTest, GrantIsCommittedAndTheAnswerEndsTheJob) {
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

TEST(EngineTest, LeasedJobIsNotGivenToAnother) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  driver.LeaseOne("w1");
  EXPECT_TRUE(driver.Lease(10, "w2").empty());
}

TEST(EngineTest, BusyAnswerCostsNoAttemptAndGoesToTheOtherUpstreamAtOnce) {
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

TEST(EngineTest, AfterAllUpstreamsFailedTheJobBacksOffDurably) {
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

TEST(EngineTest, JobFailsWhenItsAttemptsAreUsedUp) {
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

TEST(EngineTest, PermanentRefusalFailsAtOnce) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  driver.Finish(driver.LeaseOne(), Outcome::kInvalidRequest);
  EXPECT_EQ(driver.store.ended.at(job).state, JobState::kFailed);
  EXPECT_EQ(driver.store.ended.at(job).error.reason, "INVALID_REQUEST");
}

TEST(EngineTest, OperatorsProblemLeavesTheJobWaiting) {
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
  EXPECT_EQ(driver.store.ended.at(job).attempt_count, 1);
}

TEST(EngineTest, ManyAttemptsKeepTheFirstAndTheLastTen) {
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

// ---- leases

TEST(EngineTest, LeaseThatRunsOutGivesTheJobToAnotherAndTheOldResultIsStale) {
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

TEST(EngineTest, PaidAnswerOfALeaseThatRanOutIsTakenWhileNobodyElseHasTheJob) {
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

TEST(EngineTest, RenewedLeaseDoesNotRunOut) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  for (int i = 0; i < 10; ++i) {
    driver.Pass(absl::Seconds(20));
    EXPECT_EQ(driver.Renew({token}), LeaseStanding::kHeld);
  }
  EXPECT_EQ(driver.StateOf(job), JobState::kRunning);
}

TEST(EngineTest, WallClockJumpDoesNotEndALease) {
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

TEST(EngineTest, ResultSentAgainIsAcceptedAgain) {
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

TEST(EngineTest, TokenOfAnotherStoreIsStale) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  LeaseToken token = driver.LeaseOne();
  ++token.instance;
  EXPECT_EQ(driver.Finish(token, Outcome::kSucceeded), ReportStanding::kStale);
  EXPECT_EQ(driver.Renew({token}), LeaseStanding::kLost);
  EXPECT_EQ(driver.Release(token), LeaseStanding::kLost);
}

TEST(EngineTest, ReleasedJobGoesBackWithoutCost) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  EXPECT_EQ(driver.Release(token), LeaseStanding::kHeld);
  EXPECT_EQ(driver.Release(token), LeaseStanding::kLost);
  EXPECT_EQ(driver.store.live[job].attempt_count, 0);
  EXPECT_EQ(driver.store.live[job].attempts.back().billed, Billed::kNo);
  EXPECT_EQ(driver.LeaseOne().job, job);
}

TEST(EngineTest, GrantThatItsWorkerNeverMentionsIsTakenBackUnbilled) {
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

TEST(EngineTest, GrantThatWasMentionedOnceIsNotTakenBack) {
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

TEST(EngineTest, ClassMayFailJobsWhoseOutcomeIsUnknown) {
  auto plan = TwoUpstreamPlan();
  plan->classes[0].on_unknown = OnUnknown::kFail;
  EngineDriver driver(plan);
  const JobNumber job = driver.Submit();
  driver.LeaseOne();
  driver.Pass(kLease);
  EXPECT_EQ(driver.store.ended.at(job).state, JobState::kFailed);
  EXPECT_EQ(driver.store.ended.at(job).attempts[0].billed, Billed::kMaybe);
}

TEST(EngineTest, CallOfALostWorkerKeepsItsPlaceUntilItsTimeLimitAlsoOverARestart) {
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

TEST(EngineTest, AfterARestartARunningLeaseHasAFreshPeriod) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  driver.Pass(kLease - absl::Seconds(1));
  driver.Restart();
  driver.Pass(kLease - absl::Seconds(1));
  EXPECT_EQ(driver.StateOf(job), JobState::kRunning);
  EXPECT_EQ(driver.Finish(token, Outcome::kSucceeded), ReportStanding::kAccepted);
}

// ---- deadlines and cancelling

TEST(EngineTest, JobThatIsNotStartedByItsDeadlineExpires) {
  EngineDriver driver(TwoUpstreamPlan());
  NewJob job = driver.Job();
  job.ttl = absl::Minutes(5);
  const JobNumber number = driver.Submit(job);
  driver.Pass(absl::Minutes(5) - absl::Microseconds(1));
  EXPECT_EQ(driver.StateOf(number), JobState::kPending);
  driver.Pass(absl::Microseconds(1));
  EXPECT_EQ(driver.store.ended.at(number).state, JobState::kExpired);
  EXPECT_TRUE(driver.Lease().empty());
}

TEST(EngineTest, RunningJobIsCancelledAtItsDeadlineAndExpires) {
  EngineDriver driver(TwoUpstreamPlan());
  NewJob job = driver.Job();
  job.ttl = absl::Seconds(20);
  const JobNumber number = driver.Submit(job);
  const std::vector<LeaseGrant> grants = driver.Lease();
  EXPECT_EQ(grants[0].time_limits.total, absl::Seconds(20));
  driver.Pass(absl::Seconds(20));
  EXPECT_EQ(driver.StateOf(number), JobState::kCancelling);
  EXPECT_EQ(driver.Renew({grants[0].token}), LeaseStanding::kCancel);
  driver.Finish(grants[0].token, Outcome::kCancelled);
  EXPECT_EQ(driver.store.ended.at(number).state, JobState::kExpired);
}

TEST(EngineTest, JobIsCancelledInEveryState) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber pending = driver.Submit();
  EXPECT_FALSE(driver.Cancel(pending).live);
  EXPECT_EQ(driver.StateOf(pending), JobState::kCancelled);
  EXPECT_FALSE(driver.Cancel(pending).was_live);

  const JobNumber running = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  EXPECT_EQ(driver.Cancel(running).live->state.state, JobState::kCancelling);
  EXPECT_EQ(driver.Cancel(running).live->state.state, JobState::kCancelling);
  driver.Restart();
  EXPECT_EQ(driver.Renew({token}), LeaseStanding::kCancel);
  driver.Finish(token, Outcome::kServerError);
  EXPECT_EQ(driver.StateOf(running), JobState::kCancelled);

  const JobNumber answered = driver.Submit();
  const LeaseToken in_time = driver.LeaseOne();
  driver.Cancel(answered);
  driver.Finish(in_time, Outcome::kSucceeded);
  EXPECT_EQ(driver.StateOf(answered), JobState::kSucceeded) << "the answer was paid for";

  const JobNumber silent = driver.Submit();
  driver.LeaseOne();
  driver.Cancel(silent);
  driver.Pass(kLease);
  EXPECT_EQ(driver.StateOf(silent), JobState::kCancelled);
}

TEST(EngineTest, CancelledAndWaitedForInOneGroupIsRecordedWhole) {
  EngineDriver driver(TwoUpstreamPlan());
  const SubmitReply reply = driver.engine->Execute(SubmitRequest{driver.caller, {driver.Job()}, false}, driver.now);
  driver.engine->Execute(CancelRequest{driver.caller, reply.jobs[0].number}, driver.now);
  driver.store.Apply(driver.engine->TakeGroup(driver.now));
  EXPECT_EQ(driver.StateOf(reply.jobs[0].number), JobState::kCancelled);
}

TEST(EngineTest, ForeignTenantSeesAndCancelsNothing) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  driver.caller.tenant = "another";
  EXPECT_FALSE(driver.View(job));
  EXPECT_FALSE(driver.Cancel(job).was_live);
  driver.caller.tenant = "default";
  EXPECT_EQ(driver.StateOf(job), JobState::kPending);
}

TEST(EngineTest, HeldJobLeavesTheHoldAtItsLatestStart) {
  auto plan = TwoUpstreamPlan();
  plan->classes[0].quiet_hours.emplace(std::vector<Calendar::Window>{}, absl::UTCTimeZone(),
                                       std::vector<absl::CivilDay>{absl::CivilDay(2030, 1, 1)});
  plan->classes[0].hold_by_default = true;
  EngineDriver driver(plan);
  NewJob job = driver.Job();
  job.ttl = absl::Hours(1);
  const JobNumber number = driver.Submit(job);
  EXPECT_EQ(driver.View(number)->waiting.reason, PendingReason::kQuietHours);
  const absl::Duration latest = absl::Hours(1) - absl::Seconds(40);  // 30 s for an unknown duration, 10 s slack
  driver.Pass(latest - absl::Seconds(1));
  EXPECT_TRUE(driver.Lease().empty());
  driver.Restart();
  EXPECT_TRUE(driver.Lease().empty());
  driver.Pass(absl::Seconds(1));
  EXPECT_EQ(driver.Lease().size(), 1u);
  EXPECT_EQ(driver.store.live[number].outside_window, OutsideWindow::kDeadline);
}

TEST(EngineTest, JobOfAClassThatIsNoLongerConfiguredWaitsAndSaysWhy) {
  auto plan = TwoUpstreamPlan();
  EngineDriver driver(plan);
  const JobNumber job = driver.Submit();
  plan->classes[0].name = "renamed";
  driver.Restart();
  EXPECT_TRUE(driver.Lease().empty());
  EXPECT_EQ(driver.View(job)->waiting.detail, "class \"standard\" is no longer configured");
  EXPECT_FALSE(driver.Cancel(job).live);
  EXPECT_EQ(driver.StateOf(job), JobState::kCancelled);
}

TEST(EngineTest, StatisticsCountWhatIsThere) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  driver.Submit();
  driver.LeaseOne();
  const StatsReply stats = driver.engine->Execute(StatsRequest{}, driver.now);
  ASSERT_EQ(stats.classes.size(), 1u);
  EXPECT_EQ(stats.classes[0].pending, 1);
  EXPECT_EQ(stats.classes[0].running, 1);
  EXPECT_EQ(stats.live_jobs, 2);
  EXPECT_EQ(stats.live_bytes, 4);
  EXPECT_EQ(stats.upstreams[0].in_flight + stats.upstreams[1].in_flight, 1);
  ASSERT_EQ(stats.workers.size(), 1u);
  EXPECT_EQ(stats.workers[0].leases, 1);
}

}  // namespace
}  // namespace lull
