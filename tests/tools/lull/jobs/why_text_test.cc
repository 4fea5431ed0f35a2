#include "tools/lull/jobs/why_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "google/rpc/error_details.pb.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kStart = 1'790'000'000;

std::string Why(const v1::Job& job) {
  return WhyText(job, absl::FromUnixSeconds(kStart + 100), Terminal(STDOUT_FILENO));
}

v1::Job PendingJob(v1::PendingReason reason) {
  v1::Job job;
  job.set_id("0198-1");
  job.set_class_name("batch");
  job.set_state(v1::JOB_STATE_PENDING);
  job.set_pending_reason(reason);
  job.set_max_attempts(3);
  job.mutable_create_time()->set_seconds(kStart);
  return job;
}

void AddAttempt(v1::Job* job, int number, v1::Outcome outcome, int http_status) {
  v1::Attempt& attempt = *job->add_attempts();
  attempt.set_number(number);
  attempt.set_upstream("deepseek");
  attempt.set_worker_id("w1");
  attempt.mutable_start_time()->set_seconds(kStart + number);
  if (outcome == v1::OUTCOME_UNSPECIFIED) return;
  attempt.mutable_end_time()->set_seconds(kStart + number + 2);
  attempt.set_outcome(outcome);
  attempt.set_http_status(http_status);
}

TEST(WhyTextTest, SaysWhatAJobWaitsForAndWhatToDo) {
  v1::Job job = PendingJob(v1::PENDING_REASON_CLASS_PAUSED);
  job.set_pending_detail("paused by \x1b[31man operator");
  job.mutable_expected_start_time()->set_seconds(kStart + 400);
  job.mutable_deadline()->set_seconds(kStart + 3700);
  EXPECT_THAT(Why(job), AllOf(HasSubstr("Job 0198-1 is PENDING; it was created 1m ago."),
                              HasSubstr("class paused: An operator has paused its class."),
                              HasSubstr("paused by \\x1b[31man operator"), HasSubstr(", in 5m"),
                              HasSubstr(", in 1h0m"), HasSubstr("no call yet"),
                              HasSubstr("lull classes resume batch"), Not(HasSubstr("\x1b"))));
}

TEST(WhyTextTest, NamesTheJobInItsAdvice) {
  EXPECT_THAT(Why(PendingJob(v1::PENDING_REASON_PRIORITY)),
              AllOf(HasSubstr("lull update 0198-1 --priority 9"), Not(HasSubstr("JOB"))));
  EXPECT_THAT(Why(PendingJob(v1::PENDING_REASON_QUIET_HOURS)), Not(HasSubstr("Expected")));
}

TEST(WhyTextTest, TellsWhatHappenedAttemptByAttempt) {
  v1::Job job = PendingJob(v1::PENDING_REASON_UNSPECIFIED);
  job.set_state(v1::JOB_STATE_FAILED);
  AddAttempt(&job, 1, v1::OUTCOME_BUSY, 503);
  job.mutable_attempts(0)->mutable_retry_delay()->set_seconds(4);
  AddAttempt(&job, 5, v1::OUTCOME_TRUNCATED, 200);
  job.mutable_attempts(1)->set_billed(v1::BILLED_MAYBE);
  job.mutable_attempts(1)->mutable_error()->set_message("no finishing frame");
  job.set_dispatch_count(5);
  job.set_attempt_count(3);
  job.mutable_end_time()->set_seconds(kStart + 9);
  job.mutable_error()->set_message("gave up");
  google::rpc::ErrorInfo info;
  info.set_reason("MAX_ATTEMPTS");
  job.mutable_error()->add_details()->PackFrom(info);
  EXPECT_THAT(
      Why(job),
      AllOf(
          HasSubstr("Job 0198-1 FAILED after 9s."), HasSubstr("created in class batch"),
          HasSubstr("attempt 1 on deepseek by worker w1: BUSY after 2s, HTTP 503; then waited 4s"),
          HasSubstr("3 attempts in between are not kept"),
          HasSubstr("TRUNCATED after 2s, HTTP 200: no finishing frame (may have been billed)"),
          HasSubstr("FAILED (MAX_ATTEMPTS): gave up"), HasSubstr("lull retry 0198-1"),
          HasSubstr("3 of 3 attempts that count are used"), Not(HasSubstr("Expected start"))));
}

TEST(WhyTextTest, ShowsTheCallThatIsRunning) {
  v1::Job job = PendingJob(v1::PENDING_REASON_UNSPECIFIED);
  job.set_state(v1::JOB_STATE_RUNNING);
  AddAttempt(&job, 1, v1::OUTCOME_UNSPECIFIED, 0);
  job.set_dispatch_count(1);
  EXPECT_THAT(Why(job), AllOf(HasSubstr("is RUNNING"), HasSubstr("by worker w1: running for 1m"),
                              HasSubstr("lull cancel 0198-1")));
}

TEST(WhyTextTest, KnowsRequestsThatNoRetryMends) {
  v1::Job job = PendingJob(v1::PENDING_REASON_UNSPECIFIED);
  job.set_state(v1::JOB_STATE_FAILED);
  google::rpc::ErrorInfo info;
  info.set_reason("CONTEXT_OVERFLOW");
  job.mutable_error()->add_details()->PackFrom(info);
  EXPECT_THAT(Why(job), AllOf(HasSubstr("shorten it"), Not(HasSubstr("lull retry"))));
}

}  // namespace
}  // namespace lull
