// How the worker keeps its leases, and what it does when one is lost or its job is cancelled.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/worker/worker_fixture.h"

namespace lull {
namespace {

using WorkerLeasesTest = WorkerTest;

TEST_F(WorkerLeasesTest, RenewsEveryTenSecondsAlsoWithoutLeases) {
  StartWorker();
  queue_.WaitUntil(PollsWaiting(2));
  for (size_t i = 1; i <= 3; ++i) {
    clock_.Advance(absl::Seconds(10));
    const HeardFromWorker heard = queue_.WaitUntil(Renewals(i));
    EXPECT_EQ(heard.renewals.size(), i);
    EXPECT_EQ(heard.renewals.back().lease_tokens_size(), 0);
    EXPECT_EQ(heard.renewals.back().worker_id(), "w-1");
    EXPECT_EQ(heard.renewals.back().capacity(), 8);
    // The next one is timed when this one's answer is there.
    while (!absl::StrContains(metrics_->Render(),
                              absl::StrCat("lull_worker_renewals_total{result=\"ok\"} ", i))) {
      std::this_thread::yield();
    }
  }
}

TEST_F(WorkerLeasesTest, RenewsAThirdOfAShortLeaseInOneCallForAllLeases) {
  StartWorker();
  for (const char* token : {"a", "b"}) {
    v1::LeasedJob job = Job(token);
    job.mutable_lease_duration()->set_seconds(6);
    queue_.AddJob(job);
  }
  upstream_.server().WaitForRequests(2);
  clock_.Advance(absl::Seconds(2));
  const HeardFromWorker heard = queue_.WaitUntil(Renewals(1));
  ASSERT_EQ(heard.renewals[0].lease_tokens_size(), 2);
  EXPECT_EQ(heard.renewals[0].lease_tokens(0), "a");
  EXPECT_EQ(heard.renewals[0].lease_tokens(1), "b");
  EXPECT_EQ(heard.renewals[0].in_flight(), 2);
}

TEST_F(WorkerLeasesTest, ALeaseIsRenewedUntilItsReportIsTaken) {
  StartWorker();
  queue_.FailFinishes(1'000'000, absl::StatusCode::kUnavailable);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  queue_.WaitUntil(Results(1));
  const HeardFromWorker heard = AdvanceUntil(Renewals(3));
  for (const v1::RenewLeasesRequest& renewal : heard.renewals) {
    ASSERT_EQ(renewal.lease_tokens_size(), 1);
    EXPECT_EQ(renewal.lease_tokens(0), "a");
  }
  queue_.FailFinishes(0, absl::StatusCode::kOk);
  AdvanceUntil(
      [](const HeardFromWorker& now) { return now.renewals.back().lease_tokens_size() == 0; });
}

TEST_F(WorkerLeasesTest, ACancelledCallIsBrokenOffAndReported) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.SetLeaseStatus("a", v1::LEASE_STATUS_CANCEL);
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(heard.results[0].billed(), v1::BILLED_MAYBE);
  EXPECT_EQ(heard.results[0].error().code(), static_cast<int>(absl::StatusCode::kCancelled));
}

TEST_F(WorkerLeasesTest, AnAnswerThatIsCompleteIsReportedAlthoughItsJobIsCancelled) {
  StartWorker();
  queue_.FailFinishes(1, absl::StatusCode::kUnavailable);
  queue_.SetLeaseStatus("a", v1::LEASE_STATUS_CANCEL);
  queue_.AddJob(Job("a"));
  upstream_.Answer();
  queue_.WaitUntil(Results(1));
  const HeardFromWorker heard = AdvanceUntil(Results(2));
  EXPECT_EQ(heard.results[1].outcome(), v1::OUTCOME_SUCCEEDED);
}

TEST_F(WorkerLeasesTest, ALostLeaseEndsItsCallWithoutAReport) {
  StartWorker(1);
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.SetLeaseStatus("a", v1::LEASE_STATUS_LOST);
  queue_.AddJob(Job("b"));
  // Its room is another's once the call is broken off.
  AdvanceUntil([](const HeardFromWorker& heard) { return heard.jobs_leased == 2; });
  upstream_.Answer(2);
  const HeardFromWorker heard = AdvanceUntil(Results(1));
  EXPECT_EQ(heard.results[0].lease_token(), "b");
  EXPECT_TRUE(heard.released.empty());
}

}  // namespace
}  // namespace lull
