#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

absl::Status Pause(EngineDriver& driver, std::string name, bool pause) {
  PauseClassRequest request;
  request.caller = driver.caller;
  request.class_name = std::move(name);
  request.pause = pause;
  const PauseClassReply reply = driver.engine->Execute(request, driver.now);
  driver.Pass(absl::ZeroDuration());
  return reply.status;
}

TEST(EngineOperatorTest, PausedClassStartsNothingAlsoAfterARestart) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber running = driver.Submit();
  const LeaseToken token = driver.LeaseOne();
  const JobNumber waiting = driver.Submit();
  ASSERT_TRUE(Pause(driver, "standard", true).ok());
  EXPECT_TRUE(driver.Lease().empty());
  EXPECT_EQ(driver.View(waiting)->waiting.reason, PendingReason::kClassPaused);
  driver.Restart();
  EXPECT_TRUE(driver.Lease().empty());
  EXPECT_TRUE(driver.engine->Execute(StatsRequest{}, driver.now).classes[0].paused);
  driver.Finish(token, Outcome::kSucceeded);
  EXPECT_EQ(driver.StateOf(running), JobState::kSucceeded) << "what runs goes on";
  ASSERT_TRUE(Pause(driver, "standard", false).ok());
  EXPECT_EQ(driver.LeaseOne().job, waiting);
  driver.Restart();
  EXPECT_FALSE(driver.engine->Execute(StatsRequest{}, driver.now).classes[0].paused);
}

TEST(EngineOperatorTest, PausingTwiceIsPausingOnce) {
  EngineDriver driver(TwoUpstreamPlan());
  ASSERT_TRUE(Pause(driver, "standard", true).ok());
  ASSERT_TRUE(Pause(driver, "standard", true).ok());
  ASSERT_TRUE(Pause(driver, "standard", false).ok());
  ASSERT_TRUE(Pause(driver, "standard", false).ok());
  EXPECT_TRUE(driver.store.small.empty());
}

ClassStats StandardClass(EngineDriver& driver) {
  return driver.engine->Execute(StatsRequest{}, driver.now).classes[0];
}

TEST(EngineOperatorTest, PauseSaysWhyAndEndsByItselfAlsoAfterARestart) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  const absl::Time end = driver.now.wall + absl::Hours(1);
  const PauseClassRequest pause{driver.caller, "standard", true, "bad\nday", end};
  ASSERT_TRUE(driver.engine->Execute(pause, driver.now).status.ok());
  driver.Pass(absl::ZeroDuration());
  EXPECT_LE(driver.engine->NextWake(driver.now), driver.now.steady + absl::Hours(1));
  driver.Restart();
  EXPECT_TRUE(StandardClass(driver).paused);
  EXPECT_EQ(StandardClass(driver).pause_reason, "bad\nday");
  EXPECT_EQ(StandardClass(driver).resume_time, end);
  driver.Pass(absl::Hours(1) - absl::Microseconds(1));
  EXPECT_TRUE(driver.Lease().empty());
  driver.Pass(absl::Microseconds(1));
  EXPECT_FALSE(StandardClass(driver).paused);
  EXPECT_EQ(StandardClass(driver).pause_reason, "");
  EXPECT_EQ(driver.Lease().size(), 1u);
  EXPECT_TRUE(driver.store.small.empty());
}

TEST(EngineOperatorTest, PausingAgainChangesReasonAndEnd) {
  EngineDriver driver(TwoUpstreamPlan());
  const absl::Time end = driver.now.wall + absl::Hours(1);
  PauseClassRequest pause{driver.caller, "standard", true, "first", end};
  ASSERT_TRUE(driver.engine->Execute(pause, driver.now).status.ok());
  pause.reason = "second";
  pause.resume_time = absl::InfiniteFuture();
  ASSERT_TRUE(driver.engine->Execute(pause, driver.now).status.ok());
  driver.Pass(absl::Hours(2));
  EXPECT_TRUE(StandardClass(driver).paused);
  driver.Restart();
  EXPECT_EQ(StandardClass(driver).pause_reason, "second");
  EXPECT_EQ(StandardClass(driver).resume_time, absl::InfiniteFuture());
}

TEST(EngineOperatorTest, UnknownNamesAreNotFound) {
  EngineDriver driver(TwoUpstreamPlan());
  EXPECT_EQ(Pause(driver, "nonesuch", true).code(), absl::StatusCode::kNotFound);
  const DrainWorkerReply reply =
      driver.engine->Execute(DrainWorkerRequest{driver.caller, "nonesuch"}, driver.now);
  EXPECT_EQ(reply.status.code(), absl::StatusCode::kNotFound);
}

TEST(EngineOperatorTest, DrainingWorkerIsGivenNothingAndTheOthersGoOn) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  driver.LeaseOne("w1");
  const JobNumber waiting = driver.Submit();
  ASSERT_TRUE(
      driver.engine->Execute(DrainWorkerRequest{driver.caller, "w1"}, driver.now).status.ok());
  EXPECT_TRUE(driver.Lease(1, "w1").empty());
  EXPECT_TRUE(driver.engine->Execute(RenewRequest{driver.caller, "w1", {}}, driver.now).drain);
  EXPECT_EQ(driver.View(waiting)->waiting.reason, PendingReason::kNoWorker);
  EXPECT_EQ(driver.LeaseOne("w2").job, waiting);
}

TEST(EngineOperatorTest, DrainHoldsOverARestartUntilTheWorkerIsGone) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit();
  driver.LeaseOne("w1");
  driver.Submit();
  ASSERT_TRUE(
      driver.engine->Execute(DrainWorkerRequest{driver.caller, "w1"}, driver.now).status.ok());
  driver.Pass(absl::ZeroDuration());
  driver.Restart();
  EXPECT_TRUE(driver.Lease(1, "w1").empty());
  EXPECT_TRUE(driver.engine->IsDraining("w1"));
  driver.Pass(absl::Minutes(1));  // its lease runs out
  driver.Pass(WorkerTable::kRemembered);
  EXPECT_FALSE(driver.engine->IsDraining("w1"));
  EXPECT_EQ(driver.store.small.count({"draining_worker", "w1"}), 0u);
}

}  // namespace
}  // namespace lull
