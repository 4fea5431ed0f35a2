#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

constexpr int32_t kDay = 20458;  // 2026-01-05, the driver's first day

class EngineUsageTest : public ::testing::Test {
 protected:
  JobNumber Submit(const std::string& model = "m") {
    NewJob job = driver_.Job();
    job.spec->model = model;
    return driver_.Submit(std::move(job));
  }
  UsageAdded Row(int32_t day = kDay, const std::string& upstream = "a",
                 const std::string& model = "m") {
    return driver_.store.usage[{day, "default", "standard", upstream, model}];
  }
  static std::shared_ptr<Plan> OneUpstreamPlan() {
    auto plan = TwoUpstreamPlan();
    plan->route_groups[0].members.resize(1);
    return plan;
  }

  EngineDriver driver_{OneUpstreamPlan()};
};

TEST_F(EngineUsageTest, CallsAndTokensAreAddedUp) {
  for (int i = 0; i < 3; ++i) {
    Submit();
    driver_.Finish(driver_.LeaseOne(), Outcome::kSucceeded);
  }
  EXPECT_EQ(Row().calls, 3);
  EXPECT_EQ(Row().usage.prompt, 15);
  EXPECT_EQ(Row().usage.completion, 21);
  EXPECT_EQ(Row().maybe_billed_calls, 0);
}

TEST_F(EngineUsageTest, FailedCallCountsAndReleasedLeaseDoesNot) {
  Submit();
  driver_.Release(driver_.LeaseOne());
  EXPECT_TRUE(driver_.store.usage.empty());
  driver_.Finish(driver_.LeaseOne(), Outcome::kServerError);
  EXPECT_EQ(Row().calls, 1);
}

TEST_F(EngineUsageTest, ModelIsTheOneThatWasSentAlsoAfterARestart) {
  Submit("other");
  driver_.Restart();
  driver_.Finish(driver_.LeaseOne(), Outcome::kSucceeded);
  EXPECT_EQ(Row(kDay, "a", "other").calls, 1);

  auto plan = OneUpstreamPlan();
  plan->route_groups[0].members[0].model = "theirs";
  EngineDriver driver(plan);
  driver.Submit();
  driver.Finish(driver.LeaseOne(), Outcome::kSucceeded);
  EXPECT_EQ(driver.store.usage.size(), 1u);
  EXPECT_EQ(driver.store.usage.begin()->second.model, "theirs");
}

TEST_F(EngineUsageTest, CallBelongsToTheDayOfItsStart) {
  driver_.now.wall =
      absl::FromCivil(absl::CivilSecond(2026, 1, 5, 23, 59, 59), absl::UTCTimeZone());
  Submit();
  const LeaseToken token = driver_.LeaseOne();
  driver_.Pass(absl::Seconds(2));
  driver_.Finish(token, Outcome::kSucceeded);
  EXPECT_EQ(Row(kDay).calls, 1);
  EXPECT_EQ(Row(kDay + 1).calls, 0);
}

TEST_F(EngineUsageTest, LostCallMayBeBilledUntilItsWorkerReportsAfterAll) {
  Submit();
  const LeaseToken token = driver_.LeaseOne();
  driver_.Pass(absl::Seconds(30));
  EXPECT_EQ(Row().calls, 1);
  EXPECT_EQ(Row().maybe_billed_calls, 1);
  driver_.Finish(token, Outcome::kSucceeded);
  EXPECT_EQ(Row().calls, 1);
  EXPECT_EQ(Row().maybe_billed_calls, 0);
  EXPECT_EQ(Row().usage.completion, 7);
}

TEST_F(EngineUsageTest, OneGroupHasOneRowForEachKeyInOrder) {
  std::vector<NewJob> jobs;
  for (const char* model : {"z", "m", "z"}) {
    jobs.push_back(driver_.Job());
    jobs.back().spec->model = model;
  }
  driver_.SubmitAll(std::move(jobs));
  std::vector<AttemptReport> reports;
  for (const LeaseGrant& grant : driver_.Lease(3)) {
    reports.push_back(driver_.Report(grant.token, Outcome::kSucceeded));
  }
  ASSERT_EQ(reports.size(), 3u);
  driver_.engine->Execute(FinishRequest{driver_.caller, "w1", reports}, driver_.now);
  std::vector<UsageAdded> rows;
  const Group group = driver_.engine->TakeGroup(driver_.now);
  for (const Record& record : group.records) {
    if (const auto* usage = std::get_if<UsageAdded>(&record)) rows.push_back(*usage);
  }
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].model, "m");
  EXPECT_EQ(rows[1].model, "z");
  EXPECT_EQ(rows[1].calls, 2);
}

}  // namespace
}  // namespace lull
