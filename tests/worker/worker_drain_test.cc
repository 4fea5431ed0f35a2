// How the worker ends.
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

using WorkerDrainTest = WorkerTest;

TEST_F(WorkerDrainTest, AnIdleWorkerDrainsAtOnce) {
  StartWorker();
  queue_.WaitUntil(PollsWaiting(2));
  worker_->Drain(absl::Seconds(30));
  thread_.join();
  queue_.WaitUntil(PollsWaiting(0));
}

TEST_F(WorkerDrainTest, ADrainLetsCallsEndAndDeliversTheirReports) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  worker_->Drain(absl::Seconds(30));
  queue_.WaitUntil(PollsWaiting(0));
  EXPECT_FALSE(returned_.IsOpen());
  upstream_.Answer();
  thread_.join();
  const HeardFromWorker heard = queue_.heard();
  ASSERT_EQ(heard.results.size(), 1u);
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_SUCCEEDED);
}

TEST_F(WorkerDrainTest, ADrainBreaksCallsOffWhenItsTimeIsOver) {
  StartWorker();
  queue_.AddJob(Job("sent"));
  // Its connection is never made: the server does not answer the handshake.
  v1::LeasedJob unsent = Job("unsent");
  RawServer silent([](RawConnection& connection) { connection.WaitForClose(); });
  unsent.mutable_upstream()->set_base_url(absl::StrCat("https://127.0.0.1:", silent.port()));
  unsent.mutable_upstream()->clear_credential();
  queue_.AddJob(unsent);
  upstream_.server().WaitForRequests(1);
  // And polls for more, so that no poll means that it drains.
  queue_.WaitUntil([](const HeardFromWorker& heard) {
    return heard.jobs_leased == 2 && heard.polls_waiting == 2;
  });
  worker_->Drain(absl::Seconds(5));
  queue_.WaitUntil(PollsWaiting(0));
  clock_.Advance(absl::Seconds(5));
  thread_.join();
  const HeardFromWorker heard = queue_.heard();
  ASSERT_EQ(heard.results.size(), 1u);
  EXPECT_EQ(heard.results[0].lease_token(), "sent");
  EXPECT_EQ(heard.results[0].outcome(), v1::OUTCOME_CANCELLED);
  EXPECT_EQ(heard.results[0].billed(), v1::BILLED_MAYBE);
  EXPECT_TRUE(absl::StrContains(heard.results[0].error().message(), "worker was stopped"));
  EXPECT_EQ(heard.released, std::vector<std::string>{"unsent"});
}

TEST_F(WorkerDrainTest, ADrainEndsAlsoWhenTheServerIsAway) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.Stop();
  worker_->Drain(absl::Seconds(5));
  while (!returned_.IsOpen()) {
    clock_.Advance(absl::Milliseconds(100));
    std::this_thread::yield();
  }
  thread_.join();
}

TEST_F(WorkerDrainTest, TheServerCanDrainTheWorker) {
  StartWorker();
  queue_.AddJob(Job("a"));
  upstream_.server().WaitForRequests(1);
  queue_.SetDrain();
  AdvanceUntil(Renewals(1));
  queue_.WaitUntil(PollsWaiting(0));
  EXPECT_FALSE(returned_.IsOpen());
  upstream_.Answer();
  thread_.join();
  EXPECT_EQ(queue_.heard().results[0].outcome(), v1::OUTCOME_SUCCEEDED);
}

}  // namespace
}  // namespace lull
