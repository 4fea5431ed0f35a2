// A worker dies with 500 calls under way: what is known of each of them, and how their jobs go on.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "tests/integration/busy_process.h"
#include "tests/integration/job_driver.h"
#include "tests/integration/lull_process.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

constexpr int kCalls = 500;
constexpr absl::Duration kLease = absl::Seconds(5);
constexpr absl::Duration kLimit = absl::Seconds(120);
// The hard time limit of a call, which decides how long a lost one keeps its place.
constexpr absl::Duration kTotal = absl::Seconds(25);

std::string Config(const BusyProcess& busy) {
  const auto limited = [](const char* name, const char* more) {
    return absl::StrCat("  - {name: ", name, ", ", more, "limits: {concurrency: ", kCalls,
                        "}, backoff: {base: 10ms, cap: 10ms}, time_limits: {connect: 10s, "
                        "first_content: 25s, between_content: 25s, total: ",
                        absl::ToInt64Seconds(kTotal), "s}}\n");
  };
  return absl::StrCat("lease: {duration: ", absl::ToInt64Seconds(kLease), "s}\nclasses:\n",
                      limited("again", ""), limited("never_twice", "on_unknown: fail, "),
                      R"(accounts:
  - {name: all}
upstreams:
  - {name: busy, base_url: ")",
                      busy.base_url(), R"(", credential: key, account: all}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: busy}]}
)");
}

class LostWorkerTest : public testing::Test {
 protected:
  // An ordinary call takes as long as the test likes; `never` ends only when the client goes away.
  LostWorkerTest()
      : busy_({"--slots=5000", "--latency-ms=0", "--token-ms=0", "--finish-abandoned=false",
               "--force=never"}),
        server_(Config(busy_)) {
    server_.Start();
    driver_ = std::make_unique<JobDriver>(server_.address());
    StartWorker("first");
  }

  void StartWorker(const std::string& id) {
    WorkerOptions options;
    options.id = id;
    options.max_in_flight = 2 * kCalls;
    options.origins = {busy_.url()};
    worker_ = std::make_unique<WorkerProcess>(server_, options);
    worker_->Start();
  }

  // Raises what the upstream was found to take, call by call, until so many jobs run at once; then
  // kills the worker. Returns the jobs that were under way.
  std::vector<std::string> KillWithCallsUnderWay(const std::string& class_name) {
    busy_.Set(R"({"force":"","latency_ms":50})");
    driver_->AwaitSuccess(driver_->Submit(class_name, 6 * kCalls), kLimit);
    busy_.Set(R"({"force":"never"})");
    answered_before_ = busy_.Ledger().size();
    const std::vector<std::string> ids = driver_->Submit(class_name, kCalls);
    EXPECT_TRUE(PollUntil(kLimit, [&] { return busy_.InFlight() == kCalls; }))
        << busy_.InFlight() << " calls are in flight";
    worker_->Kill();
    killed_ = SystemClock().Now().steady;
    busy_.Set(R"({"force":""})");
    return ids;
  }

  static void ExpectUnknown(const v1::Attempt& attempt) {
    EXPECT_EQ(attempt.outcome(), v1::OUTCOME_UNKNOWN) << attempt.ShortDebugString();
    EXPECT_EQ(attempt.billed(), v1::BILLED_MAYBE) << attempt.ShortDebugString();
  }

  BusyProcess busy_;
  ServerProcess server_;
  std::unique_ptr<JobDriver> driver_;
  std::unique_ptr<WorkerProcess> worker_;
  size_t answered_before_ = 0;
  absl::Duration killed_;
};

TEST_F(LostWorkerTest, EachCallIsUnknownAndMadeAgainOnceItsPlaceIsFree) {
  ASSERT_FALSE(HasFailure());
  const std::vector<std::string> ids = KillWithCallsUnderWay("again");
  ASSERT_FALSE(HasFailure());
  StartWorker("second");
  // The leases are over and the jobs wait, but all places of the class are still taken by calls
  // that may still be running.
  EXPECT_TRUE(
      driver_->AwaitReason(ids, v1::PENDING_REASON_CONCURRENCY_LIMIT, kTotal - absl::Seconds(5)));
  const std::vector<LedgerCall> before = busy_.Ledger();
  EXPECT_EQ(before.size(), answered_before_ + kCalls) << "no place was given away";

  const std::vector<v1::Job> jobs = driver_->AwaitSuccess(ids, kLimit);
  for (const v1::Job& job : jobs) {
    ASSERT_EQ(job.attempts_size(), 2) << job.ShortDebugString();
    ExpectUnknown(job.attempts(0));
    EXPECT_EQ(job.attempts(1).outcome(), v1::OUTCOME_SUCCEEDED);
    EXPECT_EQ(job.attempt_count(), 1) << "an unknown attempt counts";
  }
  const std::vector<LedgerCall> calls = busy_.Ledger();
  EXPECT_EQ(calls.size(), answered_before_ + 2 * kCalls);
  // Granted when the first began, a place is free again at the time limit and not before.
  absl::Duration shortest = absl::InfiniteDuration();
  for (size_t i = 0; i < kCalls && answered_before_ + kCalls + i < calls.size(); ++i) {
    shortest = std::min(shortest, calls[answered_before_ + kCalls + i].received -
                                      calls[answered_before_ + i].received);
  }
  std::printf(
      "%d calls of a lost worker: each UNKNOWN, billed MAYBE; a place was taken again %s "
      "after its lost call began (time limit %s)\n",
      kCalls, absl::FormatDuration(shortest).c_str(), absl::FormatDuration(kTotal).c_str());
  EXPECT_GE(shortest, kTotal - absl::Seconds(2));
}

TEST_F(LostWorkerTest, WhatMustNotBeCalledTwiceFails) {
  ASSERT_FALSE(HasFailure());
  const std::vector<std::string> ids = KillWithCallsUnderWay("never_twice");
  ASSERT_FALSE(HasFailure());
  StartWorker("second");
  ASSERT_TRUE(PollUntil(kLimit, [&] { return driver_->CountEnded(ids) == kCalls; }));
  for (const v1::Job& job : driver_->GetAll(ids, v1::JOB_VIEW_FULL)) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
    ASSERT_EQ(job.attempts_size(), 1) << job.ShortDebugString();
    ExpectUnknown(job.attempts(0));
    google::rpc::ErrorInfo info;
    ASSERT_GE(job.error().details_size(), 1);
    ASSERT_TRUE(job.error().details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "OUTCOME_UNKNOWN");
  }
  EXPECT_EQ(busy_.Ledger().size(), answered_before_ + kCalls) << "none was called again";
}

}  // namespace
}  // namespace lull
