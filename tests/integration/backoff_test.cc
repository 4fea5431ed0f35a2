// How long Lull leaves a failing or busy provider alone, as the provider sees it.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(3);
// From the refusal to the moment from which the server cannot grant any more: the worker's report.
constexpr absl::Duration kReportLimit = absl::Milliseconds(800);

std::string Config(const BusyProcess& busy) {
  return absl::StrCat(R"(
classes:
  - {name: patient, max_attempts: 50, backoff: {base: 3s, cap: 3s}}
  - {name: other, max_attempts: 50, backoff: {base: 10ms, cap: 10ms}}
)",
                      busy.AsOnlyUpstream());
}

class BackoffTest : public testing::Test {
 protected:
  explicit BackoffTest(const std::vector<std::string>& flags = {})
      : busy_([&] {
          std::vector<std::string> all = {"--latency-ms=20", "--token-ms=0"};
          all.insert(all.end(), flags.begin(), flags.end());
          return all;
        }()),
        server_(Config(busy_)) {
    server_.Start();
    WorkerOptions options;
    options.origins = {busy_.url()};
    worker_ = std::make_unique<WorkerProcess>(server_, options);
    worker_->Start();
  }

  BusyProcess busy_;
  ServerProcess server_;
  std::unique_ptr<WorkerProcess> worker_;
};

TEST_F(BackoffTest, AFailedJobWaitsOutItsDelayAndSaysSo) {
  ASSERT_FALSE(HasFailure());
  JobDriver driver(server_.address());
  busy_.Set(R"({"force":"error_500"})");
  const std::string id = driver.SubmitOne("patient");
  const auto waiting = driver.AwaitReason({id}, v1::PENDING_REASON_BACKOFF, absl::Seconds(30));
  ASSERT_TRUE(waiting);
  EXPECT_GT(ToTime(waiting->expected_start_time()), ToTime(waiting->start_time()));
  busy_.Set(R"({"force":""})");
  const v1::Job job = driver.AwaitSuccess({id}, absl::Seconds(60)).front();

  const std::vector<LedgerCall> calls = busy_.Ledger();
  ASSERT_GE(job.attempts_size(), 2);
  ASSERT_EQ(static_cast<int>(calls.size()), job.attempts_size());
  for (int i = 1; i < job.attempts_size(); ++i) {
    const v1::Attempt& failed = job.attempts(i - 1);
    const absl::Duration delay = absl::Seconds(failed.retry_delay().seconds()) +
                                 absl::Nanoseconds(failed.retry_delay().nanos());
    const absl::Duration waited = calls[i].received - *calls[i - 1].ended;
    std::printf(
        "attempt %d failed with status %d; a delay of %s was set, the next call came after %s\n",
        failed.number(), failed.http_status(), absl::FormatDuration(delay).c_str(),
        absl::FormatDuration(waited).c_str());
    EXPECT_EQ(failed.outcome(), v1::OUTCOME_SERVER_ERROR);
    EXPECT_GE(ToTime(job.attempts(i).start_time()),
              ToTime(failed.end_time()) + delay - absl::Microseconds(2));
    EXPECT_GE(waited, delay);
  }
}

class RetryAfterTest : public BackoffTest {
 protected:
  RetryAfterTest()
      : BackoffTest({"--slots=0", "--refuse-status=429", "--refuse-hint=retry_after_s",
                     absl::StrCat("--refuse-hint-s=", absl::ToInt64Seconds(kRetryAfter))}) {}
};

TEST_F(RetryAfterTest, ARefusalThatAsksForTimeHoldsEveryJobBack) {
  ASSERT_FALSE(HasFailure());
  JobDriver driver(server_.address());
  std::vector<std::string> ids = driver.Submit("patient", 1);
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return !busy_.Ledger().empty(); }));
  Pause(kReportLimit);
  // Jobs of another class that were not refused themselves.
  for (const std::string& id : driver.Submit("other", 10)) ids.push_back(id);
  EXPECT_TRUE(driver.AwaitReason(ids, v1::PENDING_REASON_UPSTREAM_BUSY, absl::Seconds(2)));
  busy_.Set(R"({"slots":20})");
  driver.AwaitSuccess(ids, absl::Seconds(60));

  const std::vector<LedgerCall> calls = busy_.Ledger();
  ASSERT_GE(calls.size(), 12u);
  const LedgerCall& refused = calls.front();
  EXPECT_EQ(refused.status, 429);
  const absl::Duration pause = calls[1].received - refused.received;
  std::printf("a refusal asked for %s; the next call of any job came after %s\n",
              absl::FormatDuration(kRetryAfter).c_str(), absl::FormatDuration(pause).c_str());
  EXPECT_GE(pause, kRetryAfter);
  EXPECT_LT(pause, 4 * kRetryAfter);
}

}  // namespace
}  // namespace lull
