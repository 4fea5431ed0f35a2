// Jobs that are deleted leave nothing behind but their keys, their usage and their events, and no
// number is given twice.
#include <utility>

#include "tests/storage/conformance/job_store_conformance.h"
#include "tests/storage/sample_records.h"

namespace lull {

TEST_P(JobStoreConformance, ADeletedJobIsGoneWithItsRequestAndItsAnswer) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2), SampleEnded(1), SampleEnded(2)}).ok());
  ASSERT_TRUE(Apply({JobDeleted{1}}).ok());
  for (int reopened = 0; reopened < 2; ++reopened) {
    const auto reader = NewReader();
    EXPECT_TRUE(absl::IsNotFound(reader->FindJob(SampleId(1)).status()));
    EXPECT_TRUE(absl::IsNotFound(reader->ReadSpec(1, true).status()));
    EXPECT_TRUE(absl::IsNotFound(reader->ReadEnded(1, true).status()));
    EXPECT_TRUE(reader->ReadEnded(2, true).ok());
    ASSERT_EQ(reader->ListJobs(1, 9, 9)->size(), 1u);
    Reopen();
  }
}

TEST_P(JobStoreConformance, DeletingLeavesKeysUsageAndEvents) {
  ASSERT_TRUE(
      Apply({CreateRecord(1), KeyAdded{{1, 2}, 3, 1, SampleTime()}, SampleUsage(7), SampleEnded(1)},
            {SampleEvent(1)})
          .ok());
  ASSERT_TRUE(Apply({JobDeleted{1}}).ok());
  EXPECT_EQ(Keys().size(), 1u);
  EXPECT_EQ(NewReader()->ReadEvents(1, 10)->size(), 1u);
  EXPECT_EQ(AllUsage().size(), 1u);
}

TEST_P(JobStoreConformance, DeletingWhatIsNotThereIsPassedOver) {
  ASSERT_TRUE(Apply({CreateRecord(1), SampleEnded(1)}).ok());
  EXPECT_TRUE(Apply({JobDeleted{1}, JobDeleted{1}, JobDeleted{99}, CreateRecord(2)}).ok());
  EXPECT_TRUE(Apply({JobDeleted{1}}).ok());
  EXPECT_TRUE(Exists(2));
}

TEST_P(JobStoreConformance, RefusesToDeleteALiveJob) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2), SampleEnded(2)}).ok());
  const absl::Status status = Apply({JobDeleted{2}, JobDeleted{1}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_NE(status.message().find("job 1"), std::string::npos) << status;
  Recover();
  EXPECT_EQ(Live().size(), 1u);
  EXPECT_TRUE(NewReader()->ReadEnded(2, true).ok());
}

TEST_P(JobStoreConformance, NumbersGoOnWhenTheNewestJobsAreDeleted) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(8), SampleEnded(1), SampleEnded(8)},
                    {SampleEvent(1), SampleEvent(8)})
                  .ok());
  ASSERT_TRUE(Apply({JobDeleted{8}}).ok());
  Reopen();
  EXPECT_EQ(recovered_.next_job, 9);
  EXPECT_EQ(recovered_.next_event, 3);
  ASSERT_TRUE(Apply({JobDeleted{1}}).ok());
  Reopen();
  EXPECT_EQ(recovered_.next_job, 9);
  EXPECT_EQ(Apply({CreateRecord(8)}).code(), absl::StatusCode::kInternal);
}

TEST_P(JobStoreConformance, AJobMayComeAndGoWithinOneGroup) {
  ASSERT_TRUE(Apply({CreateRecord(4), SampleEnded(4), JobDeleted{4}}).ok());
  Reopen();
  EXPECT_FALSE(Exists(4));
  EXPECT_EQ(recovered_.next_job, 5);
}

}  // namespace lull
