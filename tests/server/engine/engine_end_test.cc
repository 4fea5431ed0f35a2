#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

constexpr absl::Duration kLease = absl::Seconds(30);

TEST(EngineEndTest, JobThatIsNotStartedByItsDeadlineExpires) {
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

TEST(EngineEndTest, RunningJobIsCancelledAtItsDeadlineAndExpires) {
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

TEST(EngineEndTest, JobIsCancelledInEveryState) {
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

TEST(EngineEndTest, CancelledAndWaitedForInOneGroupIsRecordedWhole) {
  EngineDriver driver(TwoUpstreamPlan());
  const SubmitReply reply =
      driver.engine->Execute(SubmitRequest{driver.caller, {driver.Job()}, false}, driver.now);
  driver.engine->Execute(CancelRequest{driver.caller, reply.jobs[0].number}, driver.now);
  driver.store.Apply(driver.engine->TakeGroup(driver.now));
  EXPECT_EQ(driver.StateOf(reply.jobs[0].number), JobState::kCancelled);
}

TEST(EngineEndTest, ForeignTenantSeesAndCancelsNothing) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  driver.caller.tenant = "another";
  EXPECT_FALSE(driver.View(job));
  EXPECT_FALSE(driver.Cancel(job).was_live);
  driver.caller.tenant = "default";
  EXPECT_EQ(driver.StateOf(job), JobState::kPending);
}

TEST(EngineEndTest, HeldJobLeavesTheHoldAtItsLatestStart) {
  auto plan = TwoUpstreamPlan();
  plan->classes[0].quiet_hours.emplace(std::vector<Calendar::Window>{}, absl::UTCTimeZone(),
                                       std::vector<absl::CivilDay>{absl::CivilDay(2030, 1, 1)});
  plan->classes[0].hold_by_default = true;
  EngineDriver driver(plan);
  NewJob job = driver.Job();
  job.ttl = absl::Hours(1);
  const JobNumber number = driver.Submit(job);
  EXPECT_EQ(driver.View(number)->waiting.reason, PendingReason::kQuietHours);
  const absl::Duration latest =
      absl::Hours(1) - absl::Seconds(40);  // 30 s for an unknown duration, 10 s slack
  driver.Pass(latest - absl::Seconds(1));
  EXPECT_TRUE(driver.Lease().empty());
  driver.Restart();
  EXPECT_TRUE(driver.Lease().empty());
  driver.Pass(absl::Seconds(1));
  EXPECT_EQ(driver.Lease().size(), 1u);
  EXPECT_EQ(driver.store.live[number].outside_window, OutsideWindow::kDeadline);
}

TEST(EngineEndTest, JobOfAClassThatIsNoLongerConfiguredWaitsAndSaysWhy) {
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

TEST(EngineEndTest, StatisticsCountWhatIsThere) {
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
