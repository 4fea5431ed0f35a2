// What becomes of a job for every row of the table of answers, with the programs themselves; when
// the next call of a job came is in busy_api's ledger.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "tests/integration/answer_jobs.h"
#include "tests/integration/job_driver.h"
#include "tests/worker/answer_table.h"
#include "tests/worker/dead_ends.h"
#include "tests/worker/nginx_front.h"

namespace lull {
namespace {

// Of the classes: the first wait is anywhere from nothing to the base, the next would be up to
// twice of that if there were no cap.
constexpr absl::Duration kBackoffBase = absl::Seconds(2);
constexpr absl::Duration kBackoffCap = absl::Seconds(3);
constexpr char kBackoff[] = "{base: 2s, cap: 3s}";
// The shortest time for which an upstream is left alone when it waits for the operator.
constexpr absl::Duration kParkedMin = absl::Seconds(30);
// What a next call may be late, on a machine with much to do.
constexpr absl::Duration kLateMax = absl::Seconds(20);

// Those of the page, and those that mean harm.
std::vector<AnswerRow> Rows() {
  std::vector<AnswerRow> rows = AnswerTable();
  rows.insert(rows.end(), HostileTable().begin(), HostileTable().end());
  return rows;
}

std::string ReasonOf(const google::rpc::Status& error) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : error.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

std::string FailureReason(v1::Outcome outcome) {
  if (outcome == v1::OUTCOME_CONTEXT_OVERFLOW) return "CONTEXT_OVERFLOW";
  return outcome == v1::OUTCOME_INVALID_REQUEST ? "INVALID_REQUEST" : "PROVIDER_REFUSED_RETRY";
}

absl::Duration ToDuration(const google::protobuf::Duration& from) {
  return absl::Seconds(from.seconds()) + absl::Nanoseconds(from.nanos());
}

// From the end of an attempt to the beginning of the next.
absl::Duration WaitedAfter(const v1::Job& job, int attempt) {
  return ToTime(job.attempts(attempt + 1).start_time()) - ToTime(job.attempts(attempt).end_time());
}

class AnswersTest : public testing::TestWithParam<AnswerJobs::Way> {
 protected:
  void Check(const AnswerRow& row, const AnswerEnd& expected, bool by_gateway, const v1::Job& job,
             const std::vector<LedgerCall>& calls, const DeadEnds& dead_ends) {
    SCOPED_TRACE(absl::StrCat(row.name, ": ", job.ShortDebugString()));
    ASSERT_GE(job.attempts_size(), 1);
    const v1::Attempt& first = job.attempts(0);
    EXPECT_EQ(v1::Outcome_Name(first.outcome()), v1::Outcome_Name(expected.outcome));
    EXPECT_EQ(v1::Billed_Name(first.billed()), v1::Billed_Name(expected.billed));
    if (!by_gateway) {
      EXPECT_THAT(first.error().message(), testing::HasSubstr(std::string(row.error)));
    }
    EXPECT_FALSE(absl::StrContains(job.DebugString(), "key-of-the-integration-tests"));
    if (DeadEnds::Has(row.script)) {
      EXPECT_TRUE(calls.empty());
      EXPECT_EQ(dead_ends.RequestsFor(row.script),
                DeadEnds::Hears(row.script) ? job.attempts_size() : 0);
    } else {
      ASSERT_EQ(calls.size(), static_cast<size_t>(job.attempts_size())) << "a request per attempt";
    }
    CheckThen(row, expected, job, calls);
  }

  void CheckThen(const AnswerRow& row, const AnswerEnd& expected, const v1::Job& job,
                 const std::vector<LedgerCall>& calls) {
    switch (row.then) {
      case Then::kDone:
        EXPECT_EQ(job.attempts_size(), 1);
        EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
        EXPECT_EQ(job.attempts(0).finish_reason(), row.finish_reason);
        return CheckUsage(row, job);
      case Then::kAgain:
      case Then::kAgainCounted:
        if (row.script == absl::string_view(kHttp11Peer)) return CheckHttp11(job);
        if (DeadEnds::Has(row.script)) return CheckNeverServed(expected, job);
        return CheckAgain(row, job, calls);
      case Then::kFails:
        EXPECT_EQ(job.attempts_size(), 1);
        EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
        EXPECT_EQ(ReasonOf(job.error()), FailureReason(expected.outcome));
        EXPECT_THAT(job.error().message(), testing::HasSubstr(std::string(row.error)));
        return;
      case Then::kOperator:
        return CheckParked(expected, job, calls);
      case Then::kCancelled:
        EXPECT_EQ(job.attempts_size(), 1);
        EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
        EXPECT_EQ(ReasonOf(job.error()), "CANCELLED");
        EXPECT_EQ(job.attempt_count(), 0);
        EXPECT_EQ(calls[0].outcome, "client_gone");
        return;
      case Then::kReset:
        if (row.retry_after > absl::ZeroDuration()) return CheckAgain(row, job, calls);
        // Some hours away: no other call than the first, as was asserted.
        EXPECT_EQ(job.attempts_size(), 1);
        EXPECT_EQ(job.state(), v1::JOB_STATE_PENDING);
        EXPECT_EQ(job.attempt_count(), 0);
        EXPECT_GE(ToDuration(job.attempts(0).retry_delay()), absl::Seconds(45));
        return;
    }
  }

  // Of the attempt and of the job.
  void CheckUsage(const AnswerRow& row, const v1::Job& job) {
    EXPECT_EQ(job.attempts(0).has_usage(), std::string(row.script) != "no_usage");
    if (!row.usage) return;
    for (const v1::Usage& usage : {job.attempts(0).usage(), job.usage()}) {
      EXPECT_GT(usage.prompt_tokens(), row.usage->cached);
      EXPECT_EQ(usage.cached_prompt_tokens(), row.usage->cached);
      EXPECT_EQ(usage.completion_tokens(), row.usage->completion);
      EXPECT_EQ(usage.reasoning_tokens(), row.usage->reasoning);
    }
  }

  void CheckAgain(const AnswerRow& row, const v1::Job& job, const std::vector<LedgerCall>& calls) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
    ASSERT_EQ(job.attempts_size(), 2);
    EXPECT_EQ(job.attempts(1).outcome(), v1::OUTCOME_SUCCEEDED);
    EXPECT_EQ(job.attempt_count(), row.then == Then::kAgainCounted ? 1 : 0);
    CheckDelay(row, ToDuration(job.attempts(0).retry_delay()), calls[0], calls[1]);
  }

  // What the upstream asked for, and full jitter on top of it: set by the server, and kept, as the
  // ledger shows.
  void CheckDelay(const AnswerRow& row, absl::Duration delay, const LedgerCall& refused,
                  const LedgerCall& next) {
    const bool hinted = row.retry_after < absl::InfiniteDuration();
    const absl::Duration asked = hinted ? row.retry_after : absl::ZeroDuration();
    const absl::Duration inexact = IsTimeOfDay(row) ? absl::Seconds(1) : absl::ZeroDuration();
    EXPECT_GE(delay, asked - inexact);
    EXPECT_LE(delay, asked + inexact + kBackoffBase);
    if (!hinted) unasked_.push_back(delay);

    ASSERT_TRUE(refused.ended.has_value());
    const absl::Duration waited = next.received - *refused.ended;
    // Of a call that the worker broke off, the upstream may hear after the server.
    const bool early = refused.outcome == "client_gone";
    EXPECT_GE(waited, delay - (early ? absl::Seconds(1) : absl::Milliseconds(1)));
    EXPECT_LT(waited, delay + kLateMax);
    if (hinted) {
      std::printf("%-34s asked for %s, the next call came after %s\n", row.name,
                  absl::FormatDuration(asked).c_str(), absl::FormatDuration(waited).c_str());
    }
  }

  void CheckHttp11(const v1::Job& job) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
    EXPECT_EQ(job.attempts_size(), 2);
    EXPECT_EQ(job.attempt_count(), 1);
  }

  void CheckNeverServed(const AnswerEnd& expected, const v1::Job& job) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
    EXPECT_EQ(ReasonOf(job.error()), "ATTEMPTS_EXHAUSTED");
    ASSERT_EQ(job.attempts_size(), 3);
    for (const v1::Attempt& attempt : job.attempts()) EXPECT_EQ(attempt.billed(), expected.billed);
    for (int i = 0; i < 2; ++i) {
      const absl::Duration delay = ToDuration(job.attempts(i).retry_delay());
      EXPECT_LE(delay, i == 0 ? kBackoffBase : kBackoffCap);
      EXPECT_GE(WaitedAfter(job, i), delay - absl::Microseconds(2));
      EXPECT_LT(WaitedAfter(job, i), delay + kLateMax);
    }
  }

  // Tried now and then, in case that it has been mended.
  void CheckParked(const AnswerEnd& expected, const v1::Job& job,
                   const std::vector<LedgerCall>& calls) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_PENDING);
    EXPECT_EQ(job.attempt_count(), 0);
    for (const v1::Attempt& attempt : job.attempts()) {
      EXPECT_EQ(v1::Outcome_Name(attempt.outcome()), v1::Outcome_Name(expected.outcome));
    }
    for (size_t i = 1; i < calls.size(); ++i) {
      EXPECT_GE(calls[i].received - *calls[i - 1].ended, kParkedMin);
    }
  }

  // Where nothing was asked for, the delays are spread over all of the window.
  void CheckSpread() {
    ASSERT_GE(unasked_.size(), 30u);
    const auto [least, most] = std::minmax_element(unasked_.begin(), unasked_.end());
    std::printf("%d delays that nobody asked for, from %s to %s\n",
                static_cast<int>(unasked_.size()), absl::FormatDuration(*least).c_str(),
                absl::FormatDuration(*most).c_str());
    EXPECT_LT(*least, 0.25 * kBackoffBase);
    EXPECT_GT(*most, 0.75 * kBackoffBase);
  }

  std::vector<absl::Duration> unasked_;
};

TEST_P(AnswersTest, EveryRowEndsAsThePageSays) {
  if (GetParam().http2 && !NginxFront::IsInstalled()) {
    GTEST_SKIP() << "nginx is missing: HTTP/2 is not tested";
  }
  AnswerJobs jobs(GetParam(), Rows(), kBackoff);
  ASSERT_FALSE(HasFailure());
  for (size_t i = 0; i < jobs.rows().size(); ++i) jobs.Submit(i);
  ASSERT_FALSE(HasFailure());
  jobs.AwaitSettled();
  const AnswerJobs::Ended ended = jobs.StopAndAsk();
  size_t of_rows = 0;
  for (size_t i = 0; i < jobs.rows().size(); ++i) {
    of_rows += ended.calls[i].size();
    Check(jobs.rows()[i], jobs.ExpectedOf(i), jobs.ByGateway(i), ended.jobs[i], ended.calls[i],
          jobs.dead_ends());
  }
  CheckSpread();
  EXPECT_EQ(ended.calls_in_all, of_rows) << "every call belongs to a row";
  std::printf("%d rows, %d calls\n", static_cast<int>(jobs.rows().size()),
              static_cast<int>(ended.calls_in_all));
}

INSTANTIATE_TEST_SUITE_P(Ways, AnswersTest,
                         testing::Values(AnswerJobs::Way{false, false},
                                         AnswerJobs::Way{true, false}, AnswerJobs::Way{false, true},
                                         AnswerJobs::Way{true, true}),
                         [](const testing::TestParamInfo<AnswerJobs::Way>& info) {
                           return absl::StrCat(info.param.streamed ? "Streamed" : "Whole",
                                               info.param.http2 ? "Http2" : "Http11");
                         });

}  // namespace
}  // namespace lull
