// Readers see what is committed, nothing else, and go on after a recovery.
#include <atomic>
#include <thread>
#include <utility>

#include "tests/storage/conformance/job_store_conformance.h"
#include "tests/storage/sample_records.h"

namespace lull {

TEST_P(JobStoreConformance, FindsAJobByItsPublicId) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2)}).ok());
  const auto reader = NewReader();
  const auto found = reader->FindJob(SampleId(2));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->number, 2);
  EXPECT_EQ(found->tenant, SampleSpec(2).tenant);
  const auto missing = reader->FindJob(SampleId(3));
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find(SampleId(3).ToString()), std::string::npos);
}

TEST_P(JobStoreConformance, SaysNotFoundOfWhatIsNotThere) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  const auto reader = NewReader();
  EXPECT_EQ(reader->ReadSpec(2, false).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(reader->ReadEnded(2, false).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(reader->ReadEnded(1, true).status().code(), absl::StatusCode::kNotFound)
      << "it is live";
}

TEST_P(JobStoreConformance, AReaderSeesEachGroupAsSoonAsItIsCommitted) {
  const auto reader = NewReader();
  for (JobNumber job = 1; job <= 20; ++job) {
    EXPECT_FALSE(reader->ReadSpec(job, true).ok());
    ASSERT_TRUE(Apply({CreateRecord(job)}).ok());
    EXPECT_TRUE(reader->ReadSpec(job, true).ok());
  }
}

TEST_P(JobStoreConformance, AReaderGoesOnAfterARecovery) {
  const auto reader = NewReader();
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  ASSERT_TRUE(reader->ReadSpec(1, true).ok());
  Recover();
  EXPECT_TRUE(reader->ReadSpec(1, true).ok());
  ASSERT_TRUE(Apply({CreateRecord(2)}).ok());
  EXPECT_TRUE(reader->ReadSpec(2, true).ok());
}

TEST_P(JobStoreConformance, AReaderServesWhatIsStoredWhileWritesFail) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  ASSERT_FALSE(Apply({LiveChanged{SampleLive(99)}}).ok());
  EXPECT_TRUE(NewReader()->ReadSpec(1, true).ok());
}

TEST_P(JobStoreConformance, AReaderMayOutliveTheStore) {
  ASSERT_TRUE(Apply({CreateRecord(1)}).ok());
  const auto reader = NewReader();
  ASSERT_TRUE(reader->FindJob(SampleId(1)).ok());
  store_.reset();
  EXPECT_TRUE(reader->FindJob(SampleId(1)).ok());
}

TEST_P(JobStoreConformance, ReadsEventsFromAnyNumberAcrossGroups) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(Apply({}, {MakeEvent(3 * i + 1, EventKind::kCreated),
                           MakeEvent(3 * i + 2, EventKind::kCreated),
                           MakeEvent(3 * i + 3, EventKind::kCreated)})
                    .ok());
  }
  const auto reader = NewReader();
  for (EventNumber from = -1; from <= 32; ++from) {
    for (int max : {0, 1, 2, 4, 100}) {
      const auto events = reader->ReadEvents(from, max);
      ASSERT_TRUE(events.ok()) << events.status();
      const EventNumber first = std::max<EventNumber>(from, 1);
      const int64_t expected =
          std::max<int64_t>(0, std::min<int64_t>(31 - first, std::max(max, 1)));
      ASSERT_EQ(static_cast<int64_t>(events->size()), expected) << from << " " << max;
      for (int64_t i = 0; i < expected; ++i) {
        EXPECT_EQ((*events)[i].number, first + i);
        EXPECT_EQ((*events)[i].event.job, first + i);
      }
    }
  }
}

TEST_P(JobStoreConformance, ListsJobsOfARangeWithTheirPresentState) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2), CreateRecord(3), CreateRecord(4)}).ok());
  ASSERT_TRUE(Apply({LiveChanged{SampleLive(2)}, SampleEnded(3)}).ok());
  const auto reader = NewReader();
  const auto lines = reader->ListJobs(1, 4, 100);
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_EQ(lines->size(), 4u);
  const JobState states[] = {JobState::kPending, JobState::kRunning, JobState::kSucceeded,
                             JobState::kPending};
  for (size_t i = 0; i < 4; ++i) {
    const JobNumber number = static_cast<JobNumber>(i) + 1;
    EXPECT_EQ((*lines)[i].number, number);
    EXPECT_EQ((*lines)[i].id, SampleId(number));
    EXPECT_EQ((*lines)[i].state, states[i]) << number;
    EXPECT_EQ((*lines)[i].lease, SampleLive(1).lease);
    EXPECT_EQ((*lines)[i].dispatch_count, SampleLive(1).dispatch_count);
  }
  EXPECT_EQ(reader->ListJobs(2, 3, 100)->size(), 2u);
  EXPECT_EQ(reader->ListJobs(2, 3, 1)->size(), 1u);
  EXPECT_EQ((*reader->ListJobs(3, 4, 1))[0].number, 3);
  EXPECT_TRUE(reader->ListJobs(5, 9, 100)->empty());
  EXPECT_TRUE(reader->ListJobs(3, 2, 100)->empty());
}

TEST_P(JobStoreConformance, ReadersOnOtherThreadsNeverSeeHalfAGroup) {
  std::atomic<bool> stop{false};
  std::atomic<int64_t> reads{0};
  std::atomic<int> faults{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, reader = NewReader()] {
      while (!stop) {
        const auto lines = reader->ListJobs(1, 1000000, 1000000);
        // Groups have two jobs, and the second ends the one before.
        if (!lines.ok() || lines->size() % 2 != 0) ++faults;
        if (lines.ok()) {
          for (size_t line = 0; line < lines->size(); line += 2) {
            if (!IsTerminal((*lines)[line].state)) ++faults;
          }
        }
        ++reads;
      }
    });
  }
  for (JobNumber job = 1; job < 400 || reads < 20; job += 2) {
    const absl::Status status = Apply({CreateRecord(job), CreateRecord(job + 1), SampleEnded(job)});
    EXPECT_TRUE(status.ok()) << status;
    if (!status.ok()) break;
    if (job % 100 == 1) Recover();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(faults, 0);
}

}  // namespace lull
