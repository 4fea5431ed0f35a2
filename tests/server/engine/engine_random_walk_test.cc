// Random commands, time and restarts; after each step what must always hold is checked. A failing
// seed is printed and repeats exactly.
#include <map>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "server/engine/transition.h"
#include "tests/server/engine/engine_driver.h"

namespace lull {
namespace {

constexpr Outcome kOutcomes[] = {
    Outcome::kSucceeded,    Outcome::kSucceeded,      Outcome::kBusy,
    Outcome::kRateLimited,  Outcome::kTimeout,        Outcome::kServerError,
    Outcome::kUnauthorized, Outcome::kInvalidRequest, Outcome::kCancelled,
};

std::shared_ptr<Plan> LimitedPlan() {
  auto plan = TwoUpstreamPlan();
  plan->classes[0].concurrency = 5;
  plan->classes[0].requests = RateLimit{20, absl::Seconds(30)};
  plan->classes[0].time_limits.total = absl::Minutes(2);
  return plan;
}

class Walk {
 public:
  explicit Walk(uint32_t seed) : random_(seed), driver_(LimitedPlan(), std::to_string(seed)) {}

  void Step() {
    switch (random_() % 10) {
      case 0:
      case 1: {
        NewJob job = driver_.Job();
        if (random_() % 3 == 0) job.ttl = absl::Seconds(random_() % 300 + 1);
        if (random_() % 5 == 0)
          job.spec->schedule_time = driver_.now.wall + absl::Seconds(random_() % 60);
        job.spec->priority = static_cast<int>(random_() % 19) - 9;
        if (random_() % 2 == 0) job.request_key = NewJob::RequestKey{{random_() % 100, 0}, 1};
        driver_.SubmitAll({job});
        break;
      }
      case 2:
      case 3:
        for (const LeaseGrant& grant : driver_.Lease(random_() % 4 + 1)) {
          tokens_.push_back(grant.token);
          grants_.push_back(driver_.now.steady);
        }
        break;
      case 4:
      case 5:
        if (!tokens_.empty()) {
          const LeaseToken token = tokens_[random_() % tokens_.size()];
          driver_.Finish(token, kOutcomes[random_() % std::size(kOutcomes)]);
        }
        break;
      case 6:
        if (!tokens_.empty()) driver_.Renew({tokens_.back()});
        break;
      case 7:
        if (!tokens_.empty() && random_() % 2 == 0) {
          driver_.Release(tokens_[random_() % tokens_.size()]);
        } else if (driver_.store.recovered.next_job > 1) {
          driver_.Cancel(1 + random_() % (driver_.store.recovered.next_job - 1));
        }
        break;
      case 8:
        driver_.Pass(absl::Milliseconds(random_() % 10'000));
        break;
      case 9:
        if (random_() % 20 == 0) driver_.Restart();
        break;
    }
  }

  void Check() {
    CheckEvents();
    int64_t running = 0;
    for (const auto& [number, live] : driver_.store.live) {
      ASSERT_TRUE(driver_.engine->IsLive(number));
      running += live.state != JobState::kPending;
    }
    ASSERT_EQ(driver_.store.live.size(), static_cast<size_t>(driver_.engine->live_jobs()));
    ASSERT_EQ(driver_.store.live.size() + driver_.store.ended.size(), driver_.store.specs.size());
    ASSERT_LE(running, 5) << "the concurrency limit was exceeded";
  }

  // Every grant of the run: no more than the limit in any window.
  void CheckRate() {
    for (size_t first = 0; first < grants_.size(); ++first) {
      size_t last = first;
      while (last < grants_.size() && grants_[last] < grants_[first] + absl::Seconds(30)) ++last;
      ASSERT_LE(last - first, 20u);
    }
  }

  // When time goes on, everything ends.
  void Drain() {
    for (int i = 0; i < 2000 && !driver_.store.live.empty(); ++i) {
      driver_.Pass(absl::Seconds(31));
      for (const LeaseGrant& grant : driver_.Lease(10))
        driver_.Finish(grant.token, Outcome::kSucceeded);
    }
    ASSERT_TRUE(driver_.store.live.empty());
    ASSERT_TRUE(driver_.Lease().empty());
  }

  size_t ended() const { return driver_.store.ended.size(); }

 private:
  void CheckEvents() {
    for (; checked_ < driver_.store.events.size(); ++checked_) {
      const Event& event = driver_.store.events[checked_];
      const auto known = states_.find(event.job);
      if (event.kind == EventKind::kCreated) {
        ASSERT_EQ(known, states_.end());
      } else {
        ASSERT_NE(known, states_.end());
        ASSERT_TRUE(IsLegalTransition(known->second, event.state))
            << "job " << event.job << ": " << static_cast<int>(known->second) << " -> "
            << static_cast<int>(event.state);
      }
      states_[event.job] = event.state;
    }
    for (const auto& [number, state] : states_) {
      if (IsTerminal(state)) {
        ASSERT_EQ(driver_.store.ended.at(number).state, state);
      } else {
        ASSERT_EQ(driver_.store.live.at(number).state, state);
      }
    }
  }

  std::mt19937 random_;
  EngineDriver driver_;
  std::vector<LeaseToken> tokens_;
  std::vector<absl::Duration> grants_;
  std::map<JobNumber, JobState> states_;
  size_t checked_ = 0;
};

TEST(EngineRandomWalkTest, KeepsItsPromisesWhateverHappens) {
  size_t ended = 0;
  for (uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    Walk walk(seed);
    for (int step = 0; step < 600; ++step) {
      walk.Step();
      if (step % 10 == 0) walk.Check();
      if (::testing::Test::HasFatalFailure()) return;
    }
    walk.CheckRate();
    walk.Drain();
    walk.Check();
    if (::testing::Test::HasFatalFailure()) return;
    ended += walk.ended();
  }
  EXPECT_GT(ended, 5000u);
}

}  // namespace
}  // namespace lull
