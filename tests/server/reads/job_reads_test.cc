#include "server/reads/job_reads.h"

#include <future>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "server/api/error_details.h"
#include "tests/server/store_engine.h"
#include "tests/testing/poll.h"

namespace lull {
namespace {

absl::StatusOr<JobSnapshot> Get(StoreEngine& engine, const std::string& tenant, JobRef job,
                                JobDetail detail = JobDetail::kFull) {
  std::promise<absl::StatusOr<JobSnapshot>> promise;
  engine.parts().reads->Get(
      StoreEngine::CallerOf(tenant), std::move(job), detail,
      [&promise](absl::StatusOr<JobSnapshot> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

absl::StatusOr<JobNumber> Find(StoreEngine& engine, const std::string& tenant,
                               const std::string& id) {
  std::promise<absl::StatusOr<JobNumber>> promise;
  engine.parts().reads->Find(
      StoreEngine::CallerOf(tenant), id,
      [&promise](absl::StatusOr<JobNumber> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

void Cancel(StoreEngine& engine, const JobSpec& spec) {
  const auto reply =
      engine.Ask<CancelRequest, CancelReply>({StoreEngine::CallerOf(spec.tenant), spec.number});
  ASSERT_TRUE(reply.ok() && reply->was_live);
}

TEST(JobReads, ReadsALiveJobFromTheEngineAndAnEndedOneFromTheStore) {
  StoreEngine engine;
  const auto spec = engine.Submit();
  const auto live = Get(engine, "default", {spec->id.ToString()});
  ASSERT_TRUE(live.ok()) << live.status();
  EXPECT_EQ(std::get<LiveView>(live->now).state.state, JobState::kPending);
  EXPECT_EQ(*live->spec->body, *spec->body);
  Cancel(engine, *spec);
  const auto ended = Get(engine, "default", {"", spec->number});
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(std::get<JobEnded>(ended->now).state, JobState::kCancelled);
}

TEST(JobReads, BasicReadsNoBody) {
  StoreEngine engine;
  const auto spec = engine.Submit();
  const auto live = Get(engine, "default", {spec->id.ToString()}, JobDetail::kBasic);
  ASSERT_TRUE(live.ok());
  EXPECT_EQ(live->spec->body, nullptr);
}

TEST(JobReads, AForeignTenantsJobAndAnAbsentOneAreTheSameBytes) {
  StoreEngine engine;
  const auto live = engine.Submit("acme");
  const auto ended = engine.Submit("acme");
  Cancel(engine, *ended);
  for (const auto& spec : {live, ended}) {
    const std::string id = spec->id.ToString();
    ASSERT_TRUE(Get(engine, "acme", {id}).ok());
    // What a server without this job says of it.
    StoreEngine empty;
    const auto absent = Get(empty, "mallory", {id});
    const auto foreign = Get(engine, "mallory", {id});
    EXPECT_TRUE(absl::IsNotFound(foreign.status()));
    EXPECT_EQ(ToRpcStatus(foreign.status()).SerializeAsString(),
              ToRpcStatus(absent.status()).SerializeAsString());
    EXPECT_EQ(ToRpcStatus(Find(engine, "mallory", id).status()).SerializeAsString(),
              ToRpcStatus(Find(empty, "mallory", id).status()).SerializeAsString());
  }
}

TEST(JobReads, TheIdIsReadInEitherCaseAndNothingElse) {
  StoreEngine engine;
  std::string id = engine.Submit()->id.ToString();
  for (char& c : id) c = static_cast<char>(toupper(c));
  EXPECT_TRUE(Find(engine, "default", id).ok());
  EXPECT_TRUE(absl::IsNotFound(Find(engine, "default", id + " ").status()));
  EXPECT_TRUE(absl::IsNotFound(Find(engine, "default", "").status()));
}

TEST(JobReads, ManyAreAnsweredInOrderEachByItself) {
  StoreEngine engine;
  const auto live = engine.Submit();
  const auto ended = engine.Submit();
  Cancel(engine, *ended);
  std::promise<std::vector<absl::StatusOr<JobSnapshot>>> promise;
  engine.parts().reads->GetMany(
      StoreEngine::CallerOf("default"),
      {{ended->id.ToString()}, {"nonsense"}, {live->id.ToString()}, {ended->id.ToString()}},
      JobDetail::kBasic, 0, [&promise](std::vector<absl::StatusOr<JobSnapshot>> jobs) {
        promise.set_value(std::move(jobs));
      });
  const auto jobs = promise.get_future().get();
  ASSERT_EQ(jobs.size(), 4u);
  EXPECT_EQ(jobs[0]->spec->number, ended->number);
  EXPECT_TRUE(absl::IsNotFound(jobs[1].status()));
  EXPECT_EQ(jobs[2]->spec->number, live->number);
  EXPECT_TRUE(std::holds_alternative<LiveView>(jobs[2]->now));
  EXPECT_EQ(jobs[3]->spec->number, ended->number);
}

TEST(JobReads, WithoutTheEngineEndedJobsAreStillServed) {
  StoreEngine engine;
  const auto live = engine.Submit();
  const auto ended = engine.Submit();
  Cancel(engine, *ended);
  engine.loop().Stop();
  EXPECT_TRUE(Get(engine, "default", {ended->id.ToString()}).ok());
  EXPECT_TRUE(absl::IsUnavailable(Get(engine, "default", {live->id.ToString()}).status()));
}

TEST(JobReads, AfterAFailedCommitReadsGoOn) {
  StoreEngine engine;
  const auto spec = engine.Submit();
  engine.FailNextCommit();
  const auto failed =
      engine.Ask<CancelRequest, CancelReply>({StoreEngine::CallerOf("default"), spec->number});
  EXPECT_TRUE(absl::IsUnavailable(failed.status())) << failed.status();
  // Recovery may still be under way; nothing is read from the engine until it is over.
  absl::StatusOr<JobSnapshot> live;
  EXPECT_TRUE(PollUntil(absl::Seconds(20), [&] {
    live = Get(engine, "default", {spec->id.ToString()});
    EXPECT_TRUE(live.ok() || absl::IsUnavailable(live.status())) << live.status();
    return live.ok();
  }));
  EXPECT_EQ(std::get<LiveView>(live->now).state.state, JobState::kPending);
}

}  // namespace
}  // namespace lull
