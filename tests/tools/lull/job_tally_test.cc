#include "tools/lull/job_tally.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "proto/job.pb.h"

namespace lull {
namespace {

v1::Job JobWith(std::initializer_list<v1::Outcome> outcomes, int attempt_count) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  for (const v1::Outcome outcome : outcomes) job.add_attempts()->set_outcome(outcome);
  job.set_dispatch_count(job.attempts_size());
  job.set_attempt_count(attempt_count);
  return job;
}

TEST(JobTallyTest, CountsRefusalsInTheListOfAttempts) {
  EXPECT_EQ(RefusalsOf(JobWith({v1::OUTCOME_BUSY, v1::OUTCOME_RATE_LIMITED, v1::OUTCOME_TIMEOUT,
                                v1::OUTCOME_RELEASED, v1::OUTCOME_SUCCEEDED},
                               1)),
            2);
  EXPECT_EQ(RefusalsOf(JobWith({v1::OUTCOME_SUCCEEDED}, 0)), 0);
  EXPECT_EQ(RefusalsOf(v1::Job()), 0);
}

// The API lists the first ten and the last ten.
TEST(JobTallyTest, CountsUnlistedCallsThatCostNothingAsRefused) {
  v1::Job job = JobWith({v1::OUTCOME_BUSY, v1::OUTCOME_SERVER_ERROR, v1::OUTCOME_SUCCEEDED}, 2);
  job.set_dispatch_count(13);
  EXPECT_EQ(RefusalsOf(job), 1 + (10 - 1));
}

TEST(JobTallyTest, CountsRefusalsOfAJobWithoutItsAttempts) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_RUNNING);
  job.set_dispatch_count(5);
  job.set_attempt_count(1);
  EXPECT_EQ(RefusalsOf(job), 3) << "one counted, one under way";
  job.set_state(v1::JOB_STATE_PENDING);
  EXPECT_EQ(RefusalsOf(job), 4);
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(RefusalsOf(job), 3);
}

TEST(JobTallyTest, KnowsWhichStatesAreTheLast) {
  v1::Job job;
  for (int state = v1::JobState_MIN; state <= v1::JobState_MAX; ++state) {
    job.set_state(static_cast<v1::JobState>(state));
    EXPECT_EQ(HasEnded(job), state >= v1::JOB_STATE_SUCCEEDED) << state;
  }
}

TEST(JobTallyTest, MeasuresFromCreationToEnd) {
  v1::Job job;
  job.mutable_create_time()->set_seconds(10);
  EXPECT_EQ(TimeToEnd(job), absl::ZeroDuration());
  job.mutable_end_time()->set_seconds(11);
  job.mutable_end_time()->set_nanos(500'000'000);
  EXPECT_EQ(TimeToEnd(job), absl::Milliseconds(1500));
}

}  // namespace
}  // namespace lull
