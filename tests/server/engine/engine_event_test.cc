// What each step of a job says of itself, and that the job knows its newest one. That event numbers
// and states agree is checked for every group by the model store.
#include "gtest/gtest.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

class EngineEventTest : public ::testing::Test {
 protected:
  const Event& Newest() { return driver_.store.events.back(); }

  EngineDriver driver_{TwoUpstreamPlan()};
};

TEST_F(EngineEventTest, StartSaysWhoCallsWhomAndForWhom) {
  const JobNumber job = driver_.Submit();
  EXPECT_EQ(Newest().kind, EventKind::kCreated);
  EXPECT_EQ(Newest().tenant, "default");
  EXPECT_EQ(Newest().class_name, "standard");
  EXPECT_EQ(Newest().attempt_number, 0);
  driver_.LeaseOne("w7");
  EXPECT_EQ(Newest().kind, EventKind::kStarted);
  EXPECT_EQ(Newest().job, job);
  EXPECT_EQ(Newest().worker, "w7");
  EXPECT_EQ(Newest().attempt_number, 1);
  EXPECT_FALSE(Newest().upstream.empty());
  EXPECT_EQ(Newest().state, JobState::kRunning);
}

TEST_F(EngineEventTest, ReturnSaysWhatWentWrongAndHowLongTheJobWaits) {
  auto plan = TwoUpstreamPlan();
  plan->route_groups[0].members.resize(1);
  EngineDriver driver(plan);
  driver.Submit();
  AttemptReport report = driver.Report(driver.LeaseOne(), Outcome::kServerError);
  report.error = {14, "HTTP_500", "oops"};
  report.retry_after = absl::Seconds(20);
  driver.Finish(report);
  const Event& event = driver.store.events.back();
  EXPECT_EQ(event.kind, EventKind::kAttemptFailed);
  EXPECT_EQ(event.attempt_number, 1);
  EXPECT_EQ(event.outcome, Outcome::kServerError);
  EXPECT_EQ(event.error, report.error);
  EXPECT_GE(event.retry_delay, absl::Seconds(20));
  EXPECT_EQ(event.upstream, "a");
}

TEST_F(EngineEventTest, LostLeaseSaysSo) {
  driver_.Submit();
  driver_.LeaseOne();
  driver_.Pass(absl::Seconds(30));
  EXPECT_EQ(Newest().kind, EventKind::kLeaseExpired);
  EXPECT_EQ(Newest().attempt_number, 1);
  EXPECT_EQ(Newest().error.reason, "LEASE_EXPIRED");
}

TEST_F(EngineEventTest, EndAfterACallSaysWhichCallAndWhereTheAnswerCameFrom) {
  driver_.Submit();
  driver_.Release(driver_.LeaseOne());
  EXPECT_EQ(Newest().kind, EventKind::kReleased);
  driver_.Finish(driver_.LeaseOne(), Outcome::kSucceeded);
  EXPECT_EQ(Newest().kind, EventKind::kEnded);
  EXPECT_EQ(Newest().attempt_number, 2);
  EXPECT_EQ(Newest().outcome, Outcome::kSucceeded);
  EXPECT_EQ(Newest().served_from, ServedFrom::kUpstream);
  EXPECT_EQ(Newest().error, JobError());
}

TEST_F(EngineEventTest, CancelSaysItsCauseAndEndWithoutACallNamesNone) {
  const JobNumber running = driver_.Submit();
  const LeaseToken token = driver_.LeaseOne();
  driver_.Cancel(running);
  EXPECT_EQ(Newest().kind, EventKind::kCancelRequested);
  EXPECT_EQ(Newest().cancel_cause, CancelCause::kUser);
  driver_.Finish(token, Outcome::kCancelled);
  EXPECT_EQ(Newest().kind, EventKind::kEnded);
  EXPECT_EQ(Newest().cancel_cause, CancelCause::kUser);
  EXPECT_EQ(Newest().attempt_number, 1);
  EXPECT_EQ(Newest().error.reason, "CANCELLED");
  driver_.Cancel(driver_.Submit());
  EXPECT_EQ(Newest().kind, EventKind::kEnded);
  EXPECT_EQ(Newest().attempt_number, 0);
  EXPECT_EQ(Newest().outcome, Outcome::kNone);
}

TEST_F(EngineEventTest, JobKnowsItsNewestEventAlsoAfterARestart) {
  const JobNumber job = driver_.Submit();
  driver_.Submit();
  driver_.LeaseOne();
  EXPECT_EQ(driver_.View(job)->state.event, 3);
  driver_.Restart();
  EXPECT_EQ(driver_.View(job)->state.event, 3);
  driver_.Cancel(job);
  EXPECT_EQ(driver_.View(job)->state.event, 4);
}

TEST_F(EngineEventTest, LiveJobStaysSmall) { EXPECT_LE(sizeof(LiveJob), 96u); }

}  // namespace
}  // namespace lull
