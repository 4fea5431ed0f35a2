#include "server/scheduler/scheduler.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace lull {
namespace {

constexpr std::array<bool, 7> kEveryDay = {true, true, true, true, true, true, true};
const absl::Time kNoon = absl::FromUnixSeconds(1'767'614'400);  // a Monday, UTC

// Classes "interactive" (priority 100) and "batch" (10, held by day); upstreams "a" and "b" in one
// route group.
std::shared_ptr<Plan> MakePlan() {
  auto plan = std::make_shared<Plan>();
  plan->classes.resize(2);
  plan->classes[0].name = "interactive";
  plan->classes[0].priority = 100;
  plan->classes[1].name = "batch";
  plan->classes[1].priority = 10;
  plan->accounts.push_back({"account", std::nullopt, std::nullopt});
  for (const char* name : {"a", "b"}) {
    Upstream upstream;
    upstream.name = name;
    upstream.credential = "key";
    plan->upstreams.push_back(upstream);
  }
  plan->route_groups.push_back({"default", {"*"}, {{0, 3, ""}, {1, 1, "other-model"}}});
  return plan;
}

class SchedulerTest : public ::testing::Test {
 protected:
  void Make(std::shared_ptr<Plan> plan) { scheduler_ = std::make_unique<Scheduler>(plan); }

  void Wait(JobSlot slot, int class_index, int32_t priority = 0,
            absl::Time not_before = absl::InfinitePast(), RunWhen run_when = RunWhen::kClassDefault,
            std::vector<std::string> tags = {}) {
    Scheduler::WaitingJob job;
    job.slot = slot;
    job.priority = priority;
    job.ready_since = now_.wall;
    job.not_before = not_before;
    job.deadline = now_.wall + absl::Hours(24);
    scheduler_->Wait(job, {class_index, 0, std::move(tags), run_when, "tenant", 0}, now_.wall);
  }

  std::optional<Grant> Next() {
    return scheduler_->Next(offer_, now_, [](JobSlot) { return int64_t{10}; });
  }
  std::vector<JobSlot> All() {
    std::vector<JobSlot> slots;
    while (const std::optional<Grant> grant = Next()) slots.push_back(grant->slot);
    return slots;
  }
  PendingReason WhyOf(JobSlot slot, absl::Time not_before = absl::InfinitePast(),
                      bool worker = true) {
    return scheduler_->Why(slot, now_, not_before, [&](const Upstream&) { return worker; }).reason;
  }
  void Pass(absl::Duration time) {
    now_.wall += time;
    now_.steady += time;
  }

  Instant now_{kNoon, absl::Hours(1)};
  WorkerOffer offer_{{"key"}, {}, 1000};
  std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(SchedulerTest, HigherClassGoesFirstThenOlderThenHigherPriority) {
  Make(MakePlan());
  Wait(1, 1);
  Wait(2, 0);
  Pass(absl::Seconds(1));
  Wait(3, 0);
  Wait(4, 0, /*priority=*/1);
  EXPECT_EQ(All(), (std::vector<JobSlot>{4, 2, 3, 1}));
}

TEST_F(SchedulerTest, WaitingLongOutweighsPriority) {
  Make(MakePlan());
  Wait(1, 0);
  Pass(absl::Minutes(6));
  Wait(2, 0, /*priority=*/1);
  EXPECT_EQ(All(), (std::vector<JobSlot>{1, 2}));
}

TEST_F(SchedulerTest, GuaranteedShareComesRoundHoweverSmall) {
  auto plan = MakePlan();
  plan->classes[1].guaranteed_share = 0.05;
  Make(plan);
  int to_batch = 0;
  for (JobSlot slot = 0; slot < 1000; ++slot) {
    Wait(2 * slot, 0);
    Wait(2 * slot + 1, 1);
    const std::optional<Grant> grant = Next();
    ASSERT_TRUE(grant);
    to_batch += grant->class_index == 1;
    scheduler_->End(grant->call, {CallSignal::kOk, {}, {}}, now_.steady);
  }
  EXPECT_NEAR(to_batch, 50, 5);
}

TEST_F(SchedulerTest, ShareIsNotSavedUpWhileThereIsNothingToRun) {
  auto plan = MakePlan();
  plan->classes[1].guaranteed_share = 0.5;
  Make(plan);
  for (JobSlot slot = 0; slot < 100; ++slot) {
    Wait(slot, 0);
    scheduler_->End(Next()->call, {CallSignal::kOk, {}, {}}, now_.steady);
  }
  Wait(1000, 1);
  Wait(1001, 0);
  EXPECT_EQ(Next()->slot, 1001u);
}

TEST_F(SchedulerTest, GreatestShareIsOfWhatTheUpstreamsTake) {
  auto plan = MakePlan();
  plan->classes[1].max_share = 0.25;  // of 8 and 8 calls
  Make(plan);
  for (JobSlot slot = 0; slot < 10; ++slot) Wait(slot, 1);
  EXPECT_EQ(All().size(), 4u);
  EXPECT_EQ(WhyOf(9), PendingReason::kConcurrencyLimit);
}

TEST_F(SchedulerTest, ConcurrencyLimitHoldsUntilACallEnds) {
  auto plan = MakePlan();
  plan->classes[0].concurrency = 2;
  Make(plan);
  for (JobSlot slot = 0; slot < 3; ++slot) Wait(slot, 0);
  const std::optional<Grant> first = Next();
  ASSERT_TRUE(first);
  ASSERT_TRUE(Next());
  EXPECT_FALSE(Next());
  EXPECT_EQ(WhyOf(2), PendingReason::kConcurrencyLimit);
  scheduler_->End(first->call, {CallSignal::kOk, {}, {}}, now_.steady);
  EXPECT_EQ(Next()->slot, 2u);
}

TEST_F(SchedulerTest, RateLimitHoldsUntilTheWindowHasRoom) {
  auto plan = MakePlan();
  plan->classes[0].requests = RateLimit{2, absl::Seconds(10)};
  Make(plan);
  for (JobSlot slot = 0; slot < 3; ++slot) Wait(slot, 0);
  EXPECT_EQ(All().size(), 2u);
  EXPECT_EQ(WhyOf(2), PendingReason::kRateLimit);
  EXPECT_EQ(scheduler_->NextChange(now_), now_.steady + absl::Seconds(10));
  Pass(absl::Seconds(10));
  EXPECT_EQ(All(), (std::vector<JobSlot>{2}));
}

TEST_F(SchedulerTest, ClosedClassDoesNotHoldOthers) {
  auto plan = MakePlan();
  plan->classes[0].concurrency = 1;
  Make(plan);
  Wait(1, 0);
  Wait(2, 0);
  Wait(3, 1);
  EXPECT_EQ(All(), (std::vector<JobSlot>{1, 3}));
}

// The lane of one that must start before the window opens is not waiting for the window.
TEST_F(SchedulerTest, AHeldLaneWaitsForWhatItsUrgentJobWaitsFor) {
  auto plan = MakePlan();
  plan->classes[1].quiet_hours.emplace(std::vector<Calendar::Window>{{kEveryDay, 22 * 60, 6 * 60}},
                                       absl::UTCTimeZone(), std::vector<absl::CivilDay>{});
  plan->classes[1].hold_by_default = true;
  Make(plan);
  const auto lane = [&] {
    return scheduler_->LongestLanes(1, now_, [](const Upstream&) { return false; }).at(0);
  };
  Wait(1, 1);
  EXPECT_EQ(lane().waiting.reason, PendingReason::kQuietHours);
  Scheduler::WaitingJob urgent;
  urgent.slot = 2;
  urgent.ready_since = now_.wall;
  urgent.not_before = absl::InfinitePast();
  urgent.deadline = now_.wall + absl::Minutes(1);
  urgent.urgent = true;
  scheduler_->Wait(urgent, {1, 0, {}, RunWhen::kClassDefault, "tenant", 0}, now_.wall);
  EXPECT_EQ(lane().jobs, 2);
  EXPECT_EQ(lane().first, std::optional<JobSlot>(2));
  EXPECT_EQ(lane().waiting.reason, PendingReason::kNoWorker);
}

TEST_F(SchedulerTest, HeldClassStartsWhenItsWindowOpens) {
  auto plan = MakePlan();
  plan->classes[1].quiet_hours.emplace(std::vector<Calendar::Window>{{kEveryDay, 22 * 60, 6 * 60}},
                                       absl::UTCTimeZone(), std::vector<absl::CivilDay>{});
  plan->classes[1].hold_by_default = true;
  Make(plan);
  Wait(1, 1);
  Wait(2, 1, 0, absl::InfinitePast(), RunWhen::kAnyTime);
  const std::optional<Grant> opted_in = Next();
  ASSERT_TRUE(opted_in);
  EXPECT_EQ(opted_in->slot, 2u);
  EXPECT_EQ(opted_in->outside_window, OutsideWindow::kOptedIn);
  EXPECT_FALSE(Next());
  EXPECT_EQ(WhyOf(1), PendingReason::kQuietHours);
  EXPECT_EQ(scheduler_->NextChange(now_), now_.steady + absl::Hours(10));
  Pass(absl::Hours(10) - absl::Microseconds(1));
  EXPECT_FALSE(Next());
  Pass(absl::Microseconds(1));
  const std::optional<Grant> in_window = Next();
  ASSERT_TRUE(in_window);
  EXPECT_EQ(in_window->outside_window, OutsideWindow::kNo);
}

TEST_F(SchedulerTest, UrgentJobLeavesTheHoldAndSaysSo) {
  auto plan = MakePlan();
  plan->classes[1].quiet_hours.emplace(std::vector<Calendar::Window>{{kEveryDay, 22 * 60, 6 * 60}},
                                       absl::UTCTimeZone(), std::vector<absl::CivilDay>{});
  plan->classes[1].hold_by_default = true;
  Make(plan);
  Wait(1, 1);
  Wait(2, 1);
  EXPECT_FALSE(Next());
  scheduler_->MakeUrgent(2, now_.wall + absl::Seconds(40));
  const std::optional<Grant> grant = Next();
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->slot, 2u);
  EXPECT_EQ(grant->outside_window, OutsideWindow::kDeadline);
  EXPECT_FALSE(Next());
}

TEST_F(SchedulerTest, DelayedJobWaitsForItsTime) {
  Make(MakePlan());
  Wait(1, 0, 0, now_.wall + absl::Seconds(5));
  EXPECT_FALSE(scheduler_->HasReady(now_.wall));
  EXPECT_EQ(WhyOf(1, now_.wall + absl::Seconds(5)), PendingReason::kScheduled);
  EXPECT_EQ(scheduler_->NextChange(now_), now_.steady + absl::Seconds(5));
  Pass(absl::Seconds(5));
  EXPECT_GT(scheduler_->NextChange(now_), now_.steady) << "nobody polls, so nothing changes";
  EXPECT_TRUE(scheduler_->HasReady(now_.wall));
  EXPECT_EQ(Next()->slot, 1u);
}

TEST_F(SchedulerTest, CallsAreSharedOutByWeight) {
  Make(MakePlan());
  int to_a = 0;
  for (JobSlot slot = 0; slot < 400; ++slot) {
    Wait(slot, 0);
    const std::optional<Grant> grant = Next();
    ASSERT_TRUE(grant);
    to_a += grant->call.upstream == 0;
    scheduler_->End(grant->call, {CallSignal::kOk, {}, {}}, now_.steady);
  }
  EXPECT_EQ(to_a, 300);
}

TEST_F(SchedulerTest, UpstreamThatIsDownIsLeftOut) {
  Make(MakePlan());
  for (JobSlot slot = 0; slot < 50; ++slot) {
    Wait(slot, 0);
    const std::optional<Grant> grant = Next();
    ASSERT_TRUE(grant);
    const bool down = grant->call.upstream == 0;
    scheduler_->End(grant->call, {down ? CallSignal::kFailed : CallSignal::kOk, {}, {}},
                    now_.steady);
    if (slot > 10) {
      EXPECT_EQ(grant->call.upstream, 1) << slot;
    }
  }
}

TEST_F(SchedulerTest, RequiredTagsAreHard) {
  auto plan = MakePlan();
  plan->upstreams[1].tags = {"region=eu"};
  Make(plan);
  Wait(1, 0, 0, absl::InfinitePast(), RunWhen::kClassDefault, {"region=eu"});
  EXPECT_EQ(Next()->call.upstream, 1);
  Wait(2, 0, 0, absl::InfinitePast(), RunWhen::kClassDefault, {"region=us"});
  EXPECT_FALSE(Next());
  EXPECT_EQ(WhyOf(2), PendingReason::kNoUpstream);
}

TEST_F(SchedulerTest, WorkerWithoutTheCredentialGetsNothing) {
  Make(MakePlan());
  Wait(1, 0);
  offer_.credentials = {"another"};
  EXPECT_FALSE(Next());
  EXPECT_EQ(WhyOf(1, absl::InfinitePast(), /*worker=*/false), PendingReason::kNoWorker);
}

TEST_F(SchedulerTest, JobLargerThanTheOfferIsNotGranted) {
  Make(MakePlan());
  Wait(1, 0);
  offer_.max_bytes = 9;
  EXPECT_FALSE(Next());
  offer_.max_bytes = 10;
  EXPECT_TRUE(Next());
}

TEST_F(SchedulerTest, AccountsLimitHoldsAllItsUpstreams) {
  auto plan = MakePlan();
  plan->accounts[0].concurrency = 1;
  Make(plan);
  Wait(1, 0);
  Wait(2, 0);
  EXPECT_EQ(All().size(), 1u);
  EXPECT_EQ(WhyOf(2), PendingReason::kConcurrencyLimit);
}

TEST_F(SchedulerTest, WithdrawnJobIsNotGranted) {
  Make(MakePlan());
  Wait(1, 0);
  Wait(2, 0, 0, now_.wall + absl::Seconds(1));
  scheduler_->Withdraw(1);
  scheduler_->Withdraw(2);
  Pass(absl::Seconds(2));
  EXPECT_FALSE(Next());
  EXPECT_FALSE(scheduler_->HasReady(now_.wall));
}

TEST_F(SchedulerTest, WindowsSurviveARestart) {
  auto plan = MakePlan();
  plan->classes[0].requests = RateLimit{2, absl::Seconds(10)};
  Make(plan);
  for (JobSlot slot = 0; slot < 3; ++slot) Wait(slot, 0);
  ASSERT_EQ(All().size(), 2u);
  std::vector<SmallState> saved;
  scheduler_->TakeChanged(
      now_, [&](absl::string_view kind, absl::string_view key, std::string value) {
        saved.push_back({std::string(kind), std::string(key), std::move(value)});
      });
  ASSERT_FALSE(saved.empty());
  Make(plan);
  Pass(absl::Seconds(4));
  for (const SmallState& state : saved) {
    ASSERT_TRUE(scheduler_->Restore(state.kind, state.key, *state.value, now_).ok());
  }
  Wait(3, 0);
  EXPECT_FALSE(Next());
  Pass(absl::Seconds(7));
  EXPECT_TRUE(Next());
}

TEST_F(SchedulerTest, ReasonsAreCountedByClass) {
  auto plan = MakePlan();
  plan->classes[0].concurrency = 1;
  Make(plan);
  Wait(1, 0);
  Wait(2, 0);
  Wait(3, 1, 0, now_.wall + absl::Seconds(1));
  ASSERT_TRUE(Next());
  std::vector<std::tuple<int, PendingReason, int64_t>> counted;
  scheduler_->CountReasons(
      now_, [](const Upstream&) { return true; },
      [&](int index, PendingReason reason, int64_t count) {
        counted.emplace_back(index, reason, count);
      });
  EXPECT_EQ(counted,
            (std::vector<std::tuple<int, PendingReason, int64_t>>{
                {0, PendingReason::kConcurrencyLimit, 1}, {1, PendingReason::kScheduled, 1}}));
}

}  // namespace
}  // namespace lull
