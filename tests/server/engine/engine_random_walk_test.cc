// Random commands, time and restarts; after each step what must always hold is checked. A failing
// seed is printed and repeats exactly.
#include <map>
#include <random>
#include <string>
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
  // Where jobs can be moved to, with limits like those.
  QuotaClass other = plan->classes[0];
  other.name = "other";
  plan->classes.push_back(std::move(other));
  return plan;
}

class Walk {
 public:
  explicit Walk(uint32_t seed) : random_(seed), driver_(LimitedPlan(), std::to_string(seed)) {}

  void Step() {
    switch (random_() % 12) {
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
          grants_[grant.class_index].push_back(driver_.now.steady);
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
      case 10:
        Update();
        break;
      case 11:
        if (random_() % 2 == 0) {
          CancelSome();
        } else {
          DeleteSome();
        }
        break;
    }
  }

  void Check() {
    CheckEvents();
    std::map<std::string, int> running;
    for (const auto& [number, live] : driver_.store.live) {
      ASSERT_TRUE(driver_.engine->IsLive(number));
      running[live.class_name] += live.state != JobState::kPending;
    }
    ASSERT_EQ(driver_.store.live.size(), static_cast<size_t>(driver_.engine->live_jobs()));
    ASSERT_EQ(driver_.store.live.size() + driver_.store.ended.size(), driver_.store.specs.size());
    for (const auto& [name, count] : running) {
      ASSERT_LE(count, 5) << "the concurrency limit of " << name << " was exceeded";
    }
  }

  // Every grant of the run: no more than the limit in any window.
  void CheckRate() {
    for (const auto& [index, times] : grants_) {
      for (size_t first = 0; first < times.size(); ++first) {
        size_t last = first;
        while (last < times.size() && times[last] < times[first] + absl::Seconds(30)) ++last;
        ASSERT_LE(last - first, 20u);
      }
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
  size_t deleted() const { return deleted_; }

 private:
  JobNumber AnyJob() { return 1 + random_() % driver_.store.recovered.next_job; }

  // Only a pending job changes, and to what was asked for.
  void Update() {
    UpdateRequest request;
    request.job = AnyJob();
    if (random_() % 2 == 0) request.class_name = random_() % 2 == 0 ? "standard" : "other";
    if (random_() % 2 == 0) request.priority = static_cast<int>(random_() % 19) - 9;
    if (random_() % 2 == 0) {
      request.deadline = driver_.now.wall + absl::Seconds(static_cast<int>(random_() % 300) - 20);
    }
    if (random_() % 2 == 0) request.labels = Labels{{"step", std::to_string(random_() % 9)}};
    const auto before = driver_.store.live.find(request.job);
    const bool was_live = before != driver_.store.live.end();
    const LiveState old = was_live ? before->second : LiveState();
    const UpdateReply reply = driver_.Update(request);
    ASSERT_EQ(reply.live.has_value(), was_live);
    if (!was_live) return;
    const LiveState& live = driver_.store.live.at(request.job);
    if (old.state != JobState::kPending || !reply.status.ok()) {
      ASSERT_EQ(live, old);
      return;
    }
    ASSERT_EQ(live.class_name, request.class_name.value_or(old.class_name));
    ASSERT_EQ(live.priority, request.priority.value_or(old.priority));
    ASSERT_EQ(live.deadline, request.deadline.value_or(old.deadline));
    ASSERT_EQ(live.labels, request.labels ? request.labels : old.labels);
    ASSERT_EQ(live.not_before, old.not_before);
  }

  void CancelSome() {
    const JobNumber job = AnyJob();
    const uint32_t states = JobFilter::Bit(JobState::kPending);
    const bool pending =
        driver_.store.live.contains(job) && driver_.store.live.at(job).state == JobState::kPending;
    const CancelJobsReply reply = driver_.CancelAll({job, job}, states);
    ASSERT_EQ(reply.cancelled, pending ? 1 : 0);
    ASSERT_EQ(reply.cancelled + reply.skipped, 2);
  }

  void DeleteSome() {
    const JobNumber job = AnyJob();
    const bool live = driver_.store.live.contains(job);
    deleted_ += driver_.store.ended.contains(job);
    ASSERT_EQ(driver_.Delete({job}).live, live ? 1 : 0);
    ASSERT_FALSE(driver_.store.ended.contains(job));
  }

  void CheckEvents() {
    for (; checked_ < driver_.store.events.size(); ++checked_) {
      const Event& event = driver_.store.events[checked_];
      const auto known = states_.find(event.job);
      if (event.kind == EventKind::kCreated) {
        ASSERT_EQ(known, states_.end());
      } else {
        ASSERT_NE(known, states_.end());
        ASSERT_TRUE(IsLegalTransition(known->second, event.state) ||
                    (event.kind == EventKind::kUpdated && event.state == JobState::kPending &&
                     known->second == JobState::kPending))
            << "job " << event.job << ": " << static_cast<int>(known->second) << " -> "
            << static_cast<int>(event.state);
      }
      states_[event.job] = event.state;
    }
    for (const auto& [number, state] : states_) {
      if (IsTerminal(state)) {
        const auto ended = driver_.store.ended.find(number);  // unless it was deleted
        if (ended != driver_.store.ended.end()) {
          ASSERT_EQ(ended->second.state, state);
        }
      } else {
        ASSERT_EQ(driver_.store.live.at(number).state, state);
      }
    }
  }

  std::mt19937 random_;
  EngineDriver driver_;
  std::vector<LeaseToken> tokens_;
  std::map<int, std::vector<absl::Duration>> grants_;  // by class
  std::map<JobNumber, JobState> states_;
  size_t checked_ = 0;
  size_t deleted_ = 0;
};

TEST(EngineRandomWalkTest, KeepsItsPromisesWhateverHappens) {
  size_t ended = 0;
  size_t deleted = 0;
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
    deleted += walk.deleted();
  }
  EXPECT_GT(ended, 5000u);
  EXPECT_GT(deleted, 500u);
}

}  // namespace
}  // namespace lull
