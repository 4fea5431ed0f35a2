// Two upstreams, one of which goes down: the other takes everything.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kJobs = 300;
// A backoff would be far longer than a failover may take.
constexpr absl::Duration kFailoverLimit = absl::Seconds(3);

std::string Config(const BusyProcess& first, const BusyProcess& second) {
  return absl::StrCat(R"(
classes:
  - {name: standard, backoff: {base: 60s, cap: 60s}}
upstreams:
  - {name: first, base_url: ")",
                      first.base_url(), R"(", credential: key}
  - {name: second, base_url: ")",
                      second.base_url(), R"(", credential: key}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: first}, {upstream: second}]}
)");
}

class FailoverTest : public testing::Test {
 protected:
  FailoverTest() : first_(Flags()), second_(Flags()), server_(Config(first_, second_)) {
    server_.Start();
    WorkerOptions options;
    options.origins = {first_.url(), second_.url()};
    worker_ = std::make_unique<WorkerProcess>(server_, options);
    worker_->Start();
  }

  static std::vector<std::string> Flags() {
    return {"--slots=100", "--latency-ms=60", "--token-ms=0"};
  }

  static int64_t Answered(const BusyProcess& busy) {
    const std::vector<LedgerCall> calls = busy.Ledger();
    return std::count_if(calls.begin(), calls.end(),
                         [](const LedgerCall& call) { return call.outcome == "answered"; });
  }

  // That each attempt which failed at the first upstream was followed at once by one at the second,
  // which answered.
  void ExpectFailedOver(const std::vector<v1::Job>& jobs, const char* what) {
    int failed_over = 0;
    absl::Duration slowest = absl::ZeroDuration();
    for (const v1::Job& job : jobs) {
      ASSERT_GE(job.attempts_size(), 1);
      const v1::Attempt& last = job.attempts(job.attempts_size() - 1);
      EXPECT_EQ(last.outcome(), v1::OUTCOME_SUCCEEDED);
      EXPECT_LE(job.attempts_size(), 2) << job.ShortDebugString();
      if (job.attempts_size() < 2) continue;
      ++failed_over;
      EXPECT_EQ(job.attempts(0).upstream(), "first");
      EXPECT_EQ(last.upstream(), "second");
      EXPECT_FALSE(job.attempts(0).has_retry_delay()) << job.ShortDebugString();
      slowest = std::max(slowest, ToTime(last.start_time()) - ToTime(job.attempts(0).end_time()));
    }
    std::printf(
        "%s: %d jobs of %d failed over, the slowest after %s; %d calls at the first upstream, "
        "%d at the second\n",
        what, failed_over, static_cast<int>(jobs.size()), absl::FormatDuration(slowest).c_str(),
        static_cast<int>(first_.Ledger().size()), static_cast<int>(second_.Ledger().size()));
    EXPECT_GE(failed_over, 1);
    EXPECT_LT(slowest, kFailoverLimit);
  }

  BusyProcess first_;
  BusyProcess second_;
  ServerProcess server_;
  std::unique_ptr<WorkerProcess> worker_;
};

TEST_F(FailoverTest, WhenAnUpstreamDiesTheOtherAnswersEveryJob) {
  ASSERT_FALSE(HasFailure());
  JobDriver driver(server_.address());
  const std::vector<std::string> ids = driver.Submit("standard", kJobs);
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return Answered(first_) >= kJobs / 10; }));
  EXPECT_GE(Answered(second_), 1) << "both share the load while both are up";
  first_.process().Kill();
  const std::vector<v1::Job> jobs = driver.AwaitSuccess(ids, absl::Seconds(60));
  ExpectFailedOver(jobs, "killed");
}

TEST_F(FailoverTest, WhenAnUpstreamAnswers500ItIsLeftAloneUntilItWorksAgain) {
  ASSERT_FALSE(HasFailure());
  JobDriver driver(server_.address());
  const std::vector<std::string> ids = driver.Submit("standard", kJobs);
  ASSERT_TRUE(PollUntil(absl::Seconds(20), [&] { return Answered(first_) >= kJobs / 10; }));
  const size_t before = first_.Ledger().size();
  first_.Set(R"({"force":"error_500"})");
  const std::vector<v1::Job> jobs = driver.AwaitSuccess(ids, absl::Seconds(60));
  ExpectFailedOver(jobs, "answers 500");
  // Five failures in a row, what was in flight then, and a probe now and then.
  const size_t tried = first_.Ledger().size() - before;
  EXPECT_LT(tried, static_cast<size_t>(kJobs) / 5) << "it was not left alone";

  first_.Set(R"({"force":""})");
  const int64_t healthy = Answered(first_);
  EXPECT_TRUE(PollUntil(
      absl::Seconds(60),
      [&] {
        driver.AwaitSuccess(driver.Submit("standard", 4), absl::Seconds(20));
        return Answered(first_) > healthy + 10;
      },
      absl::Milliseconds(300)))
      << "it works again and is not used";
}

}  // namespace
}  // namespace lull
