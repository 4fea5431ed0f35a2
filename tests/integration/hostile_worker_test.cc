// Answers that mean harm, against the worker's own process: one after the other, so that what its
// memory grows by is known of each, with the record that each leaves and the requests that busy_api
// has counted.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/integration/answer_jobs.h"
#include "tests/worker/answer_table.h"
#include "tests/worker/nginx_front.h"

namespace lull {
namespace {

constexpr int64_t kGrowthKibMax = 64 << 10;
// The total time limit of a call is 8 s; the second call of the row is an ordinary one.
constexpr absl::Duration kTimeMax = absl::Seconds(60);

// "VmRSS" or "VmHWM" of /proc/PID/status.
int64_t MemoryKib(pid_t pid, absl::string_view name) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    absl::string_view rest = line;
    int64_t kib;
    if (absl::ConsumePrefix(&rest, name) && absl::ConsumePrefix(&rest, ":") &&
        absl::SimpleAtoi(absl::StripSuffix(rest, " kB"), &kib)) {
      return kib;
    }
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

// From now on VmHWM is the peak.
void ForgetPeak(pid_t pid) {
  std::ofstream file(absl::StrCat("/proc/", pid, "/clear_refs"));
  file << "5";
  file.close();
  ASSERT_TRUE(file.good());
}

// An ordinary answer comes first: what the first call needs for itself (TLS, resolver, buffers) is
// not the others' fault.
std::vector<AnswerRow> Rows() {
  std::vector<AnswerRow> rows = {AnswerTable().front()};
  rows.insert(rows.end(), HostileTable().begin(), HostileTable().end());
  return rows;
}

class HostileWorkerTest : public testing::TestWithParam<AnswerJobs::Way> {
 protected:
  void CheckRecord(const AnswerRow& row, const AnswerEnd& expected, bool by_gateway,
                   const v1::Job& job, const std::vector<LedgerCall>& calls) {
    SCOPED_TRACE(absl::StrCat(row.name, ": ", job.ShortDebugString()));
    ASSERT_GE(job.attempts_size(), 1);
    EXPECT_EQ(calls.size(), static_cast<size_t>(job.attempts_size())) << "a request per attempt";
    const v1::Attempt& first = job.attempts(0);
    EXPECT_EQ(v1::Outcome_Name(first.outcome()), v1::Outcome_Name(expected.outcome));
    EXPECT_EQ(v1::Billed_Name(first.billed()), v1::Billed_Name(expected.billed));
    EXPECT_TRUE(by_gateway || absl::StrContains(first.error().message(), row.error));
    EXPECT_LT(first.ByteSizeLong(), 8192u);
    EXPECT_FALSE(absl::StrContains(job.DebugString(), "key-of-the-integration-tests"));
    if (row.then == Then::kAgainCounted) {
      EXPECT_EQ(job.attempts_size(), 2);
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
    }
  }
};

TEST_P(HostileWorkerTest, EveryRowEndsInBoundedTimeAndMemory) {
  if (GetParam().http2 && !NginxFront::IsInstalled()) {
    GTEST_SKIP() << "nginx is missing: HTTP/2 is not tested";
  }
  AnswerJobs jobs(GetParam(), Rows(), "{base: 10ms, cap: 10ms}");
  ASSERT_FALSE(HasFailure());
  jobs.Submit(0);
  jobs.AwaitSettled();
  const pid_t pid = jobs.worker().process().pid();
  const int64_t at_first = MemoryKib(pid, "VmRSS");
  int64_t most = 0;
  for (size_t i = 1; i < jobs.rows().size(); ++i) {
    SCOPED_TRACE(jobs.rows()[i].name);
    ASSERT_NO_FATAL_FAILURE(ForgetPeak(pid));
    const int64_t before = MemoryKib(pid, "VmRSS");
    const absl::Duration start = SystemClock().Now().steady;
    jobs.Submit(i);
    jobs.AwaitSettled();
    const absl::Duration took = SystemClock().Now().steady - start;
    const int64_t peak = MemoryKib(pid, "VmHWM");
    most = std::max(most, peak);
    std::printf("%-34s took %s, memory grew by %d KiB\n", jobs.rows()[i].name,
                absl::FormatDuration(took).c_str(), static_cast<int>(peak - before));
    EXPECT_LT(took, kTimeMax);
    EXPECT_LE(peak - before, kGrowthKibMax);
  }
  std::printf("the worker had %d KiB at first, %d KiB at most\n", static_cast<int>(at_first),
              static_cast<int>(most));
  EXPECT_LE(most - at_first, kGrowthKibMax) << "over all rows";
  const AnswerJobs::Ended ended = jobs.StopAndAsk();
  for (size_t i = 1; i < jobs.rows().size(); ++i) {
    CheckRecord(jobs.rows()[i], jobs.ExpectedOf(i), jobs.ByGateway(i), ended.jobs[i],
                ended.calls[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, HostileWorkerTest,
                         testing::Values(AnswerJobs::Way{false, false},
                                         AnswerJobs::Way{true, false}, AnswerJobs::Way{false, true},
                                         AnswerJobs::Way{true, true}),
                         [](const testing::TestParamInfo<AnswerJobs::Way>& info) {
                           return absl::StrCat(info.param.streamed ? "Streamed" : "Whole",
                                               info.param.http2 ? "Http2" : "Http11");
                         });

}  // namespace
}  // namespace lull
