#include <algorithm>
#include <functional>
#include <vector>

#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "server/engine/engine_status.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

NewJob WithKey(NewJob job, uint64_t key, uint64_t content) {
  job.request_key = NewJob::RequestKey{{key, key}, content};
  return job;
}

TEST(EngineSubmitTest, SubmittedJobIsPendingAndRecorded) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit();
  EXPECT_EQ(driver.StateOf(job), JobState::kPending);
  ASSERT_TRUE(driver.store.specs.contains(job));
  EXPECT_EQ(driver.store.specs[job]->deadline, driver.now.wall + absl::Hours(24));
  EXPECT_EQ(driver.store.live[job].state, JobState::kPending);
  ASSERT_EQ(driver.store.events.size(), 1u);
  EXPECT_EQ(driver.store.events[0].kind, EventKind::kCreated);
}

TEST(EngineSubmitTest, RepeatedRequestIdGivesTheSameJobAlsoAfterItEndedAndAfterARestart) {
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

TEST(EngineSubmitTest, RepetitionIsAnsweredWhileNothingNewIsTaken) {
  EngineDriver driver(TwoUpstreamPlan());
  const JobNumber job = driver.Submit(WithKey(driver.Job(), 1, 2));
  driver.engine->SetAdmission(absl::ResourceExhaustedError("the disk is nearly full"));
  for (const bool atomic : {false, true}) {
    const std::vector<Submitted> again = driver.SubmitAll({WithKey(driver.Job(), 1, 2)}, atomic);
    EXPECT_TRUE(again[0].status.ok()) << again[0].status;
    EXPECT_EQ(again[0].number, job);
    const std::vector<Submitted> fresh = driver.SubmitAll({WithKey(driver.Job(), 7, 2)}, atomic);
    EXPECT_TRUE(absl::IsResourceExhausted(fresh[0].status)) << fresh[0].status;
  }
}

TEST(EngineSubmitTest, RequestIdWithOtherContentIsRefused) {
  EngineDriver driver(TwoUpstreamPlan());
  driver.Submit(WithKey(driver.Job(), 1, 2));
  const std::vector<Submitted> other = driver.SubmitAll({WithKey(driver.Job(), 1, 3)});
  EXPECT_EQ(other[0].status.code(), absl::StatusCode::kAlreadyExists);
}

TEST(EngineSubmitTest, RequestIdIsForgottenOnlyAfterTheWindow) {
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

TEST(EngineSubmitTest, AtomicSubmitTakesAllOrNone) {
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

TEST(EngineSubmitTest, QueueThatIsFullRefusesAndTakesAgainLater) {
  auto plan = TwoUpstreamPlan();
  plan->max_live_jobs_per_tenant = 2;
  EngineDriver driver(plan);
  driver.Submit();
  driver.Submit();
  EXPECT_EQ(driver.SubmitAll({driver.Job()})[0].status.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(driver.store.specs.size(), 2u);
  driver.Finish(driver.LeaseOne(), Outcome::kSucceeded);
  EXPECT_TRUE(driver.SubmitAll({driver.Job()})[0].status.ok());
}

TEST(EngineSubmitTest, EveryLimitRefusesWithAReasonAndATimeToComeBack) {
  const std::vector<std::function<void(Plan&)>> limits = {
      [](Plan& plan) { plan.max_live_jobs = 1; },
      [](Plan& plan) { plan.max_live_bytes = 3; },  // a body has 2
      [](Plan& plan) { plan.max_live_jobs_per_tenant = 1; },
      [](Plan& plan) { plan.max_live_bytes_per_tenant = 3; },
  };
  for (size_t i = 0; i < limits.size(); ++i) {
    auto plan = TwoUpstreamPlan();
    limits[i](*plan);
    EngineDriver driver(plan);
    driver.Submit(WithKey(driver.Job(), 1, 1));
    const absl::Status status = driver.SubmitAll({driver.Job()})[0].status;
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << i;
    EXPECT_EQ(ReasonOf(status), "QUEUE_FULL") << i;
    EXPECT_TRUE(status.GetPayload(kRetryAfterPayload)) << i;
    EXPECT_TRUE(driver.SubmitAll({WithKey(driver.Job(), 1, 1)})[0].existed) << i;
  }
}

TEST(EngineSubmitTest, RequestIdsAreTakenAgainWhenSomeAreForgotten) {
  auto plan = TwoUpstreamPlan();
  plan->max_idempotency_keys = 2;
  EngineDriver driver(plan);
  driver.Submit(WithKey(driver.Job(), 1, 1));
  driver.Pass(absl::Hours(1));
  NewJob with_two = WithKey(driver.Job(), 2, 2);
  with_two.also_key = with_two.request_key;
  with_two.also_key->key[0] += 100;
  absl::Status status = driver.SubmitAll({with_two})[0].status;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << "it has two";
  EXPECT_EQ(ReasonOf(status), "QUEUE_FULL");
  EXPECT_EQ(status.GetPayload(kRetryAfterPayload), absl::Cord("82800000")) << "23 h";
  EXPECT_EQ(driver.SubmitAll({with_two}, /*atomic=*/true)[0].status.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(driver.SubmitAll({driver.Job()})[0].status.ok()) << "it has none";
  EXPECT_TRUE(driver.SubmitAll({WithKey(driver.Job(), 1, 1)})[0].existed);
  driver.Pass(absl::Hours(48));
  EXPECT_TRUE(driver.SubmitAll({WithKey(driver.Job(), 2, 2)})[0].status.ok());
}

TEST(EngineSubmitTest, SameSeedGivesTheSameIdsAndNoIdTwice) {
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

}  // namespace
}  // namespace lull
