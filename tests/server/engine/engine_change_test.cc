// Updating, cancelling many and deleting.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "server/engine/engine_status.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

std::shared_ptr<Plan> ThreeClassPlan() {
  auto plan = TwoUpstreamPlan();
  for (const char* name : {"urgent", "paused"}) {
    QuotaClass quota;
    quota.name = name;
    plan->classes.push_back(std::move(quota));
  }
  return plan;
}

UpdateRequest For(JobNumber job) {
  UpdateRequest request;
  request.job = job;
  return request;
}

std::string ReasonOf(const absl::Status& status) {
  return std::string(status.GetPayload(kReasonPayload).value_or(absl::Cord()));
}

TEST(EngineUpdateTest, APendingJobTakesItsNewValuesAlsoOverARestart) {
  EngineDriver driver(ThreeClassPlan());
  NewJob first = driver.Job();
  first.spec->labels = {{"team", "a"}};
  const JobNumber job = driver.Submit(first);
  UpdateRequest request = For(job);
  request.class_name = "urgent";
  request.priority = 7;
  request.deadline = driver.now.wall + absl::Hours(1);
  request.labels = Labels{{"team", "b"}};
  const UpdateReply reply = driver.Update(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status;
  for (const bool restarted : {false, true}) {
    if (restarted) driver.Restart();
    const LiveState state = driver.View(job)->state;
    EXPECT_EQ(state.class_name, "urgent");
    EXPECT_EQ(state.priority, 7);
    EXPECT_EQ(state.deadline, *request.deadline);
    EXPECT_EQ(state.labels, request.labels);
    const StatsReply stats = driver.engine->Execute(StatsRequest{}, driver.now);
    EXPECT_EQ(stats.classes[0].pending, 0);
    EXPECT_EQ(stats.classes[1].pending, 1);
  }
  EXPECT_EQ(driver.store.events.back().kind, EventKind::kUpdated);
  EXPECT_EQ(driver.store.events.back().state, JobState::kPending);

  driver.Finish(driver.LeaseOne(), Outcome::kSucceeded);
  const JobEnded& ended = driver.store.ended.at(job);
  EXPECT_EQ(ended.class_name, "urgent");
  EXPECT_EQ(ended.priority, 7);
  EXPECT_EQ(ended.labels, request.labels);
}

TEST(EngineUpdateTest, WhatIsNotNamedStaysAsItIs) {
  EngineDriver driver(ThreeClassPlan());
  NewJob job = driver.Job();
  job.spec->priority = 3;
  const JobNumber number = driver.Submit(job);
  const LiveState before = driver.store.live.at(number);
  UpdateRequest request = For(number);
  request.labels = Labels{};
  ASSERT_TRUE(driver.Update(request).status.ok());
  LiveState expected = before;
  expected.labels = Labels{};  // none any more, which differs from "as created"
  expected.event = driver.store.live.at(number).event;
  EXPECT_EQ(driver.store.live.at(number), expected);
}

TEST(EngineUpdateTest, MovesTheJobToWhereItsNewPriorityAndClassPutIt) {
  EngineDriver driver(ThreeClassPlan());
  PauseClassRequest pause;
  pause.caller = driver.caller;
  pause.class_name = "paused";
  driver.engine->Execute(pause, driver.now);
  const JobNumber first = driver.Submit();
  const JobNumber second = driver.Submit();
  UpdateRequest request = For(second);
  request.priority = 9;
  ASSERT_TRUE(driver.Update(request).status.ok());
  EXPECT_EQ(driver.LeaseOne().job, second);

  request = For(first);
  request.class_name = "paused";
  ASSERT_TRUE(driver.Update(request).status.ok());
  EXPECT_TRUE(driver.Lease().empty());
  EXPECT_EQ(driver.View(first)->waiting.reason, PendingReason::kClassPaused);
  request.class_name = "standard";
  ASSERT_TRUE(driver.Update(request).status.ok());
  EXPECT_EQ(driver.LeaseOne().job, first);
}

TEST(EngineUpdateTest, ANewDeadlineIsKept) {
  EngineDriver driver(ThreeClassPlan());
  const JobNumber sooner = driver.Submit();
  NewJob short_lived = driver.Job();
  short_lived.ttl = absl::Minutes(1);
  const JobNumber later = driver.Submit(short_lived);
  UpdateRequest request = For(sooner);
  request.deadline = driver.now.wall + absl::Minutes(2);
  ASSERT_TRUE(driver.Update(request).status.ok());
  request = For(later);
  request.deadline = driver.now.wall + absl::Minutes(3);
  ASSERT_TRUE(driver.Update(request).status.ok());
  driver.Pass(absl::Minutes(2));
  EXPECT_EQ(driver.StateOf(sooner), JobState::kExpired);
  EXPECT_EQ(driver.StateOf(later), JobState::kPending);
  driver.Pass(absl::Minutes(1));
  EXPECT_EQ(driver.StateOf(later), JobState::kExpired);
}

TEST(EngineUpdateTest, ABackoffGoesOn) {
  EngineDriver driver(ThreeClassPlan());
  const JobNumber job = driver.Submit();
  driver.Finish(driver.LeaseOne(), Outcome::kServerError);
  driver.Finish(driver.LeaseOne(), Outcome::kServerError);  // both upstreams failed
  const LiveState before = driver.View(job)->state;
  ASSERT_TRUE(before.backing_off);
  UpdateRequest request = For(job);
  request.priority = 9;
  request.class_name = "urgent";
  ASSERT_TRUE(driver.Update(request).status.ok());
  const LiveState after = driver.View(job)->state;
  EXPECT_TRUE(after.backing_off);
  EXPECT_EQ(after.not_before, before.not_before);
  EXPECT_EQ(after.attempt_count, before.attempt_count);
  EXPECT_TRUE(driver.Lease().empty());
  driver.Pass(before.not_before - driver.now.wall);
  EXPECT_EQ(driver.LeaseOne().job, job);
}

TEST(EngineUpdateTest, OnlyAPendingJobOfTheCallersTenantChanges) {
  EngineDriver driver(ThreeClassPlan());
  const JobNumber job = driver.Submit();
  UpdateRequest request = For(job);
  request.priority = 1;
  const LeaseToken token = driver.LeaseOne();
  UpdateReply reply = driver.Update(request);
  EXPECT_EQ(reply.live->state.state, JobState::kRunning);
  EXPECT_EQ(reply.live->state.priority, 0);
  driver.Finish(token, Outcome::kSucceeded);
  EXPECT_FALSE(driver.Update(request).live);

  request.job = driver.Submit();
  const Caller own = driver.caller;
  driver.caller.tenant = "other";
  EXPECT_FALSE(driver.Update(request).live);
  EXPECT_EQ(driver.CancelAll({request.job}).skipped, 1);
  driver.caller = own;
  EXPECT_EQ(driver.View(request.job)->state.priority, 0);
}

TEST(EngineUpdateTest, RefusesWhatIsNotPossibleAndChangesNothing) {
  EngineDriver driver(ThreeClassPlan());
  NewJob scheduled = driver.Job();
  scheduled.spec->schedule_time = driver.now.wall + absl::Hours(2);
  scheduled.spec->run_when = RunWhen::kQuietHours;
  const JobNumber job = driver.Submit(scheduled);
  const LiveState before = driver.store.live.at(job);

  UpdateRequest request = For(job);
  request.class_name = "nonsense";
  EXPECT_EQ(ReasonOf(driver.Update(request).status), "UNKNOWN_CLASS");
  request.class_name = "urgent";
  EXPECT_EQ(ReasonOf(driver.Update(request).status), "NO_QUIET_HOURS");
  request = For(job);
  request.priority = 1;
  request.deadline = driver.now.wall;
  EXPECT_EQ(ReasonOf(driver.Update(request).status), "DEADLINE_PASSED");
  request.deadline = driver.now.wall + absl::Hours(2);
  EXPECT_EQ(ReasonOf(driver.Update(request).status), "DEADLINE_BEFORE_SCHEDULE");
  EXPECT_TRUE(absl::IsFailedPrecondition(driver.Update(request).status));
  EXPECT_EQ(driver.store.live.at(job), before);
}

TEST(EngineCancelManyTest, CountsAndPassesOverWhatHasEndedOrIsNotMeant) {
  EngineDriver driver(ThreeClassPlan());
  const JobNumber ended = driver.Submit();
  driver.Finish(driver.LeaseOne(), Outcome::kSucceeded);
  const JobNumber running = driver.Submit();
  driver.LeaseOne();
  const JobNumber pending = driver.Submit();

  const std::vector<JobNumber> all = {pending, running, ended, 99};
  CancelJobsReply reply = driver.CancelAll(all, JobFilter::Bit(JobState::kPending));
  EXPECT_EQ(reply.cancelled, 1);
  EXPECT_EQ(reply.skipped, 3);
  EXPECT_EQ(driver.StateOf(pending), JobState::kCancelled);
  EXPECT_EQ(driver.StateOf(running), JobState::kRunning);
  reply = driver.CancelAll(all);
  EXPECT_EQ(reply.cancelled, 1);
  EXPECT_EQ(driver.StateOf(running), JobState::kCancelling);
  EXPECT_EQ(driver.CancelAll(all).cancelled, 0) << "it is being cancelled already";
  EXPECT_EQ(driver.StateOf(ended), JobState::kSucceeded);
}

TEST(EngineDeleteTest, OnlyWhatHasEndedGoes) {
  EngineDriver driver(ThreeClassPlan());
  const JobNumber ended = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  driver.Finish(token, Outcome::kSucceeded);
  const JobNumber pending = driver.Submit();
  EXPECT_EQ(driver.Delete({ended, pending}).live, 1);
  EXPECT_FALSE(driver.store.ended.contains(ended));
  EXPECT_TRUE(driver.store.live.contains(pending));
  EXPECT_EQ(driver.Delete({ended}).live, 0) << "deleting it again changes nothing";
  EXPECT_EQ(driver.Finish(token, Outcome::kSucceeded), ReportStanding::kNotLive);
}

TEST(EngineSubmitTest, AnAlsoKeyIsTakenOnce) {
  EngineDriver driver(ThreeClassPlan());
  const NewJob::RequestKey retry{{1, 2}, 3};
  NewJob job = driver.Job();
  job.also_key = retry;
  const JobNumber first = driver.Submit(job);
  NewJob again = driver.Job();
  again.also_key = retry;
  EXPECT_NE(driver.Submit(again), first) << "it does not make a repetition of a submit";
  driver.Restart();
  NewJob keyed = driver.Job();
  keyed.request_key = retry;
  const std::vector<Submitted> submitted = driver.SubmitAll({keyed});
  EXPECT_TRUE(submitted[0].existed);
  EXPECT_EQ(submitted[0].number, first);
}

}  // namespace
}  // namespace lull
