// Limits of a class, measured at the provider.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/integration/store_dump.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(2);
constexpr int kPerWindow = 6;
constexpr int kConcurrency = 3;
// Grants are timed by the wall clock and limited by the steady one, which may differ by the rate at
// which the system corrects the first (500 ppm).
constexpr absl::Duration kClockSlew = absl::Milliseconds(1);

std::string Config(const BusyProcess& busy) {
  return absl::StrCat(R"(
classes:
  - {name: standard}
  - {name: rated, limits: {requests: {count: )",
                      kPerWindow, ", window: ", absl::FormatDuration(kWindow), R"(}}}
  - {name: narrow, limits: {concurrency: )",
                      kConcurrency, R"(}}
)",
                      busy.AsOnlyUpstream());
}

class LimitsTest : public testing::Test {
 protected:
  explicit LimitsTest(const std::vector<std::string>& busy_flags = {"--slots=100",
                                                                    "--latency-ms=60",
                                                                    "--token-ms=0"})
      : busy_(busy_flags), server_(Config(busy_)), worker_(server_, WorkerFor(busy_)) {
    server_.Start();
    worker_.Start();
  }

  static WorkerOptions WorkerFor(const BusyProcess& busy) {
    WorkerOptions options;
    options.origins = {busy.url()};
    return options;
  }

  BusyProcess busy_;
  ServerProcess server_;
  WorkerProcess worker_;
};

TEST_F(LimitsTest, AClassNeverStartsMoreThanItsRateInAnyWindowAlsoAcrossARestart) {
  ASSERT_FALSE(HasFailure());
  const absl::Duration begin = SystemClock().Now().steady;
  JobDriver before(server_.address());
  const std::vector<std::string> ids = before.Submit("rated", 5 * kPerWindow);
  const auto waiting = before.AwaitReason(ids, v1::PENDING_REASON_RATE_LIMIT, absl::Seconds(10));
  ASSERT_TRUE(waiting);
  const absl::Duration until_start =
      ToTime(waiting->expected_start_time()) - SystemClock().WallNow();
  EXPECT_LE(until_start, kWindow) << waiting->ShortDebugString();
  EXPECT_GT(until_start, -kWindow) << waiting->ShortDebugString();

  // In the middle of a window that is used up.
  ASSERT_TRUE(
      PollUntil(absl::Seconds(20), [&] { return before.CountEnded(ids) >= 2 * kPerWindow; }));
  server_.Kill();
  server_.Start();
  JobDriver after(server_.address());
  EXPECT_TRUE(after.AwaitReason(ids, v1::PENDING_REASON_RATE_LIMIT, absl::Seconds(10)));
  after.AwaitSuccess(ids, absl::Seconds(60));
  const absl::Duration took = SystemClock().Now().steady - begin;
  server_.Stop();

  const auto store = DumpStore(server_.data_dir());
  ASSERT_TRUE(store.ok()) << store.status();
  const std::vector<Grant> grants = GrantsOf(*store, "rated");
  const std::vector<LedgerCall> calls = busy_.Ledger();
  std::vector<absl::Time> arrivals;
  for (const LedgerCall& call : calls) arrivals.push_back(call.received);
  const absl::Duration delay = LargestDelay(grants, calls);
  const int64_t granted_most = MostInWindow(TimesOf(grants), kWindow - kClockSlew);
  const int64_t arrived_most = MostInWindow(arrivals, kWindow - delay - kClockSlew);
  std::printf(
      "%d jobs at %d per %s took %s, with one restart; %d grants, at most %d in a window; largest "
      "delay from grant to arrival %s; %d calls, at most %d in a window shortened by it\n",
      static_cast<int>(ids.size()), kPerWindow, absl::FormatDuration(kWindow).c_str(),
      absl::FormatDuration(took).c_str(), static_cast<int>(grants.size()),
      static_cast<int>(granted_most), absl::FormatDuration(delay).c_str(),
      static_cast<int>(calls.size()), static_cast<int>(arrived_most));
  EXPECT_LT(delay, kWindow / 2) << "too slow a machine to judge by arrivals";
  EXPECT_LE(granted_most, kPerWindow);
  EXPECT_LE(arrived_most, kPerWindow);
  // What may be used is used.
  EXPECT_EQ(granted_most, kPerWindow);
  EXPECT_EQ(calls.size(), ids.size());
}

class ConcurrencyTest : public LimitsTest {
 protected:
  ConcurrencyTest()
      : LimitsTest({"--slots=100", "--latency-ms=150", "--latency-spread=0.8", "--token-ms=0"}) {}
};

TEST_F(ConcurrencyTest, AClassNeverHasMoreCallsInFlightThanItsLimit) {
  ASSERT_FALSE(HasFailure());
  JobDriver driver(server_.address());
  const std::vector<std::string> ids = driver.Submit("narrow", 40);
  EXPECT_TRUE(driver.AwaitReason(ids, v1::PENDING_REASON_CONCURRENCY_LIMIT, absl::Seconds(10)));
  // Another class is not held up.
  const std::vector<std::string> others = driver.Submit("standard", 5);
  driver.AwaitSuccess(others, absl::Seconds(20));
  EXPECT_LT(driver.CountEnded(ids), 40);
  driver.AwaitSuccess(ids, absl::Seconds(60));

  const std::vector<LedgerCall> calls = CallsOf(busy_.Ledger(), ids);
  const int64_t most = MostInFlight(calls);
  std::printf("%d calls of a class with concurrency %d, at most %d in flight at the provider\n",
              static_cast<int>(calls.size()), kConcurrency, static_cast<int>(most));
  EXPECT_EQ(most, kConcurrency);
}

}  // namespace
}  // namespace lull
