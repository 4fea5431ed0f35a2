#include "server/services/leased_jobs.h"

#include <future>
#include <string>
#include <variant>

#include "gtest/gtest.h"
#include "tests/server/store_engine.h"

namespace lull {
namespace {

// Reads on a thread of the pool, as the service does.
v1::LeaseJobsResponse Read(StoreEngine& engine, const LeaseReply& granted) {
  std::promise<v1::LeaseJobsResponse> promise;
  engine.parts().pool->Run([&](PoolReader& reader) {
    LeasedJobs leased(engine.parts(), StoreEngine::CallerOf("default"), "w1");
    promise.set_value(leased.Read(granted, reader));
  });
  return promise.get_future().get();
}

absl::StatusOr<JobEnded> Ended(StoreEngine& engine, JobNumber job) {
  return (*engine.store().OpenReader())->ReadEnded(job, /*bodies=*/false);
}

std::optional<LiveView> Live(StoreEngine& engine, JobNumber job) {
  return engine.Ask<ReadRequest, ReadReply>({StoreEngine::CallerOf("default"), {job}})->jobs[0];
}

TEST(LeasedJobs, ReadsTheBodiesThatAreNotInMemory) {
  StoreEngine engine;
  const auto spec = engine.Submit();
  const v1::LeaseJobsResponse response = Read(engine, engine.Lease());
  ASSERT_EQ(response.jobs_size(), 1);
  EXPECT_EQ(response.jobs(0).job_id(), spec->id.ToString());
  EXPECT_EQ(response.jobs(0).request().body(), *spec->body);
}

TEST(LeasedJobs, ADamagedBodyFailsItsJobAndNothingIsBilled) {
  StoreEngine engine;
  const auto spec = engine.Submit();
  const LeaseReply granted = engine.Lease();
  ASSERT_EQ(granted.grants.size(), 1u);
  engine.SpoilBodies(absl::DataLossError("checksum"));
  EXPECT_EQ(Read(engine, granted).jobs_size(), 0);
  EXPECT_FALSE(Live(engine, spec->number).has_value());
  const auto ended = Ended(engine, spec->number);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->state, JobState::kFailed);
  EXPECT_EQ(ended->error.code, static_cast<int>(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ended->error.reason, "BODY_DAMAGED");
  ASSERT_EQ(ended->attempts.size(), 1u);
  EXPECT_EQ(ended->attempts[0].billed, Billed::kNo);
}

TEST(LeasedJobs, ABodyThatCannotBeReadNowGivesItsLeaseBack) {
  StoreEngine engine;
  const auto spec = engine.Submit();
  const LeaseReply granted = engine.Lease();
  engine.SpoilBodies(absl::UnavailableError("I/O error"));
  EXPECT_EQ(Read(engine, granted).jobs_size(), 0);
  const std::optional<LiveView> live = Live(engine, spec->number);
  ASSERT_TRUE(live.has_value());
  EXPECT_EQ(live->state.state, JobState::kPending);
  EXPECT_EQ(live->state.attempt_count, 0);
  engine.SpoilBodies(absl::OkStatus());
  EXPECT_EQ(Read(engine, engine.Lease()).jobs_size(), 1);
}

TEST(LeasedJobs, LeasesThatNobodySawAreGivenBack) {
  StoreEngine engine;
  const auto spec = engine.Submit();
  const LeaseReply granted = engine.Lease();
  LeasedJobs(engine.parts(), StoreEngine::CallerOf("default"), "w1").ReleaseAll(granted);
  EXPECT_EQ(Live(engine, spec->number)->state.state, JobState::kPending);
}

}  // namespace
}  // namespace lull
