// Batches with jobs of repeated request ids that go away while they are answered.
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "server/services/create_jobs.h"
#include "tests/server/store_engine.h"

namespace lull {
namespace {

class RepeatedJobsTest : public ::testing::Test {
 protected:
  using Created = absl::StatusOr<std::vector<v1::Job>>;

  static NewJob Job(uint64_t request_id) {
    NewJob job;
    job.spec = std::make_shared<JobSpec>();
    job.spec->tenant = "default";
    job.spec->class_name = "standard";
    job.spec->route_group = "chat";
    job.spec->body = std::make_shared<const std::string>("{}");
    job.request_key = NewJob::RequestKey{{request_id, request_id}, 1};
    return job;
  }
  Created Create(const std::vector<uint64_t>& request_ids) {
    std::vector<NewJob> jobs;
    for (const uint64_t id : request_ids) jobs.push_back(Job(id));
    std::promise<Created> promise;
    const absl::Status posted =
        CreateJobs(engine_.parts(), kCaller, std::move(jobs),
                   [&promise](Created created) { promise.set_value(std::move(created)); });
    if (!posted.ok()) return posted;
    return promise.get_future().get();
  }
  // Once jobs with numbers from `after` on are stored, the first that is read has ended, and been
  // deleted, a moment before.
  void DeleteWhatIsReadOnceThereIs(JobNumber after) {
    engine_.BeforeReadEnded([this, after](JobReader& reader, JobNumber read) {
      const auto newer = reader.ListJobs(after, INT64_MAX, 1);
      if (!newer.ok() || newer->empty() || deleted_.exchange(true)) return;
      EXPECT_TRUE((engine_.Ask<CancelRequest, CancelReply>({kCaller, read})).ok());
      EXPECT_TRUE((engine_.Ask<DeleteRequest, DeleteReply>({kCaller, {read}})).ok());
      EXPECT_TRUE(absl::IsNotFound(reader.ReadSpec(read, false).status()));
    });
  }

  const Caller kCaller = StoreEngine::CallerOf("default");
  std::atomic<bool> deleted_{false};
  StoreEngine engine_;
};

// As when a disk fails a read: whoever is told otherwise takes a job that will run for one that was
// refused.
TEST_F(RepeatedJobsTest, AJobThatCannotBeReadIsNotRefusedForGood) {
  const Created first = Create({1});
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE((engine_.Ask<CancelRequest, CancelReply>({kCaller, 1})).ok());
  for (const absl::Status& read :
       {absl::DataLossError("disk I/O error"), absl::InternalError("odd")}) {
    engine_.SpoilJobs(read);
    for (const auto& ids : {std::vector<uint64_t>{1}, std::vector<uint64_t>{1, 2}}) {
      const absl::Status refused = Create(ids).status();
      EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
      EXPECT_TRUE(absl::StrContains(refused.message(), read.message())) << refused;
    }
  }
  engine_.SpoilJobs(absl::OkStatus());
  const Created again = Create({1});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->at(0).id(), first->at(0).id());
}

TEST_F(RepeatedJobsTest, AJobThatIsDeletedAfterTheOthersWereCreatedHidesNoneOfThem) {
  const Created first = Create({1});
  ASSERT_TRUE(first.ok()) << first.status();
  DeleteWhatIsReadOnceThereIs(2);
  const Created created = Create({1, 2, 3});
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_TRUE(deleted_);
  ASSERT_EQ(created->size(), 3u);
  EXPECT_EQ(created->at(0).id(), first->at(0).id()) << "as it was when it was found";
  EXPECT_EQ(created->at(0).state(), v1::JOB_STATE_PENDING);
  // Those that are told of are those that there are.
  engine_.BeforeReadEnded(nullptr);
  const Created others = Create({2, 3});
  ASSERT_TRUE(others.ok()) << others.status();
  EXPECT_EQ(others->at(0).id(), created->at(1).id());
  EXPECT_EQ(others->at(1).id(), created->at(2).id());
  EXPECT_TRUE(absl::IsAlreadyExists(Create({1, 4}).status())) << "from now on it is known";
}

TEST_F(RepeatedJobsTest, AJobOfTheSameBatchThatIsDeletedAtOnceIsToldOfAsItWasMade) {
  DeleteWhatIsReadOnceThereIs(1);
  const Created created = Create({1, 1, 2});
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_TRUE(deleted_);
  ASSERT_EQ(created->size(), 3u);
  EXPECT_NE(created->at(0).id(), "");
  EXPECT_EQ(created->at(1).id(), created->at(0).id());
  EXPECT_NE(created->at(2).id(), created->at(0).id());
}

TEST_F(RepeatedJobsTest, OneAloneThatIsDeletedIsSaidToBe) {
  ASSERT_TRUE(Create({1}).ok());
  DeleteWhatIsReadOnceThereIs(1);
  EXPECT_TRUE(absl::IsAlreadyExists(Create({1}).status()));
}

}  // namespace
}  // namespace lull
