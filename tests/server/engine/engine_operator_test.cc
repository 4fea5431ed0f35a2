#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

absl::Status Pause(EngineDriver& driver, std::string name, bool pause) {
  const PauseClassReply reply =
      driver.engine->Execute(PauseClassRequest{driver.caller, std::move(name), pause}, driver.now);
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

}  // namespace
}  // namespace lull
