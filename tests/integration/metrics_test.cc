// The server's metrics against the provider's ledger: numbers that come from opposite ends of a
// run.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/integration/store_dump.h"

namespace lull {
namespace {

constexpr int kJobs = 120;
constexpr int kSlots = 6;  // fewer calls than Lull begins with: some are refused

std::string Config(const BusyProcess& busy) {
  return absl::StrCat(R"(
classes:
  - {name: standard, max_attempts: 50, backoff: {base: 50ms, cap: 200ms}}
)",
                      busy.AsOnlyUpstream());
}

struct LedgerSums {
  int64_t calls = 0;
  int64_t answered = 0;
  int64_t limited = 0;  // 429
  int64_t busy = 0;     // 503
  int64_t failed = 0;   // 500
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;
};

LedgerSums Sum(const std::vector<LedgerCall>& calls) {
  LedgerSums sums;
  for (const LedgerCall& call : calls) {
    ++sums.calls;
    sums.limited += call.status == 429;
    sums.busy += call.status == 503;
    sums.failed += call.status == 500;
    if (call.outcome != "answered") continue;
    ++sums.answered;
    sums.prompt_tokens += call.prompt_tokens;
    sums.completion_tokens += call.completion_tokens;
  }
  return sums;
}

TEST(MetricsTest, AgreeWithTheLedger) {
  BusyProcess busy({absl::StrCat("--slots=", kSlots), "--latency-ms=40", "--token-ms=0",
                    "--refuse-status=429:1,503:1", "--faults=error_500:0.1"});
  ServerProcess server(Config(busy));
  server.Start();
  WorkerOptions options;
  options.origins = {busy.url()};
  WorkerProcess worker(server, options);
  worker.Start();
  ASSERT_FALSE(testing::Test::HasFailure());
  JobDriver driver(server.address());
  const std::vector<std::string> ids = driver.Submit("standard", kJobs);
  driver.AwaitSuccess(ids, absl::Seconds(90));

  const MetricsPage metrics = server.Metrics();
  const LedgerSums ledger = Sum(busy.Ledger());
  std::printf("%d jobs, %d calls: %d answered, %d with 429, %d with 503, %d with 500\n", kJobs,
              static_cast<int>(ledger.calls), static_cast<int>(ledger.answered),
              static_cast<int>(ledger.limited), static_cast<int>(ledger.busy),
              static_cast<int>(ledger.failed));
  EXPECT_GE(ledger.limited + ledger.busy, 1);
  EXPECT_GE(ledger.failed, 1);
  const auto attempts = [&](const char* outcome) {
    return metrics.Sum("lull_attempts_total", {{"upstream", "busy"}, {"outcome", outcome}});
  };
  EXPECT_EQ(metrics.Sum("lull_attempts_total"), ledger.calls);
  EXPECT_EQ(attempts("succeeded"), ledger.answered);
  EXPECT_EQ(attempts("rate_limited"), ledger.limited);
  EXPECT_EQ(attempts("busy"), ledger.busy);
  EXPECT_EQ(attempts("server_error"), ledger.failed);
  EXPECT_EQ(metrics.Sum("lull_tokens_total", {{"kind", "prompt"}}), ledger.prompt_tokens);
  EXPECT_EQ(metrics.Sum("lull_tokens_total", {{"kind", "completion"}}), ledger.completion_tokens);
  EXPECT_EQ(metrics.Sum("lull_jobs_created_total", {{"class", "standard"}}), kJobs);
  EXPECT_EQ(metrics.Sum("lull_jobs_ended_total", {{"class", "standard"}, {"state", "succeeded"}}),
            kJobs);
  EXPECT_EQ(metrics.Sum("lull_jobs_ended_total"), kJobs);
  EXPECT_TRUE(metrics.Has("lull_jobs"));
  EXPECT_EQ(metrics.Sum("lull_jobs"), 0);

  const double events = metrics.Sum("lull_events_total");
  server.Stop();
  const auto store = DumpStore(server.data_dir());
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(events, static_cast<double>(store->events.size()));
  EXPECT_EQ(store->jobs.size(), static_cast<size_t>(kJobs));
}

}  // namespace
}  // namespace lull
