// What need not be kept any longer goes, oldest first, a bounded part at a time; what lives stays.
#include <algorithm>
#include <random>
#include <utility>

#include "tests/storage/conformance/job_store_conformance.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

absl::Time At(int64_t minute) { return SampleTime() + absl::Minutes(minute); }

// Keeps everything.
Retention ForEver() {
  Retention retention;
  retention.finished_jobs = retention.events = retention.request_ids = absl::InfiniteDuration();
  return retention;
}

Retention JobsFor(absl::Duration duration) {
  Retention retention = ForEver();
  retention.finished_jobs = duration;
  return retention;
}

JobEnded EndedAt(JobNumber job, absl::Time time, const char* class_name = "batch") {
  JobEnded ended = SampleEnded(job);
  ended.end_time = time;
  ended.class_name = class_name;
  return ended;
}

Event EventAt(JobNumber job, absl::Time time) {
  Event event = MakeEvent(job, EventKind::kCreated);
  event.time = time;
  return event;
}

}  // namespace

TEST_P(JobStoreConformance, PrunesJobsThatEndedLongEnoughAgo) {
  for (JobNumber job = 1; job <= 10; ++job) {
    ASSERT_TRUE(Apply({CreateRecord(job), EndedAt(job, At(job))}).ok());
  }
  ASSERT_TRUE(Apply({CreateRecord(11)}).ok());
  PruneToTheEnd(JobsFor(absl::Minutes(100)), At(105) - absl::Microseconds(1));
  EXPECT_EQ(Jobs(), (std::vector<JobNumber>{5, 6, 7, 8, 9, 10, 11}));
  PruneToTheEnd(JobsFor(absl::Minutes(100)), At(105));
  EXPECT_EQ(Jobs(), (std::vector<JobNumber>{6, 7, 8, 9, 10, 11}));
  const auto reader = NewReader();
  EXPECT_TRUE(absl::IsNotFound(reader->FindJob(SampleId(5)).status()));
  EXPECT_TRUE(absl::IsNotFound(reader->ReadSpec(5, true).status()));
  EXPECT_TRUE(absl::IsNotFound(reader->ReadEnded(5, true).status()));
  EXPECT_TRUE(reader->ReadEnded(6, true).ok());
}

TEST_P(JobStoreConformance, NeverPrunesWhatLives) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2), SampleUsage(1)}).ok());
  Retention nothing = JobsFor(absl::ZeroDuration());
  nothing.max_finished_bytes = 1;
  PruneToTheEnd(nothing, At(1'000'000'000));
  EXPECT_EQ(Live().size(), 2u);
  EXPECT_TRUE(Exists(1));
  EXPECT_EQ(AllUsage().size(), 1u);
}

TEST_P(JobStoreConformance, EachClassKeepsItsJobsForItsOwnTime) {
  Retention retention = JobsFor(absl::Minutes(10));
  retention.finished_jobs_of_class = {{"long", absl::Minutes(1000)}, {"short", absl::Minutes(1)}};
  JobNumber job = 0;
  for (const char* class_name : {"long", "batch", "short", "long", "batch", "short"}) {
    ++job;
    ASSERT_TRUE(Apply({CreateRecord(job), EndedAt(job, At(job), class_name)}).ok());
  }
  PruneToTheEnd(retention, At(7));
  EXPECT_EQ(Jobs(), (std::vector<JobNumber>{1, 2, 4, 5}));
  PruneToTheEnd(retention, At(14));
  EXPECT_EQ(Jobs(), (std::vector<JobNumber>{1, 4, 5}));
  PruneToTheEnd(retention, At(1002));
  EXPECT_EQ(Jobs(), (std::vector<JobNumber>{4}));
  retention.finished_jobs_of_class["long"] = absl::ZeroDuration();
  PruneToTheEnd(retention, At(1002));
  EXPECT_TRUE(Jobs().empty()) << "a shorter time counts at once";
}

// Jobs end and time goes on, at random; after each pruning exactly those are left whose time has
// not come.
TEST_P(JobStoreConformance, PruningTimeAfterTimeLeavesExactlyWhatIsToBeKept) {
  std::mt19937_64 random(20261127);
  Retention retention = JobsFor(absl::Minutes(60));
  retention.finished_jobs_of_class = {{"long", absl::Minutes(400)}, {"short", absl::Minutes(7)}};
  const char* const classes[] = {"batch", "long", "short"};
  std::vector<std::pair<JobNumber, absl::Time>> due;
  JobNumber job = 0;
  int64_t minute = 0;
  for (int round = 0; round < 150; ++round) {
    std::vector<Record> records;
    for (auto n = random() % 20; n > 0; --n) {
      const char* class_name = classes[random() % 3];
      minute += static_cast<int64_t>(random() % 2);
      records.push_back(CreateRecord(++job));
      records.push_back(EndedAt(job, At(minute), class_name));
      const auto own = retention.finished_jobs_of_class.find(class_name);
      due.emplace_back(
          job, At(minute) + (own == retention.finished_jobs_of_class.end() ? retention.finished_jobs
                                                                           : own->second));
    }
    ASSERT_TRUE(Apply(std::move(records)).ok());
    minute += static_cast<int64_t>(random() % 30);
    PruneToTheEnd(retention, At(minute));
    due.erase(std::remove_if(due.begin(), due.end(),
                             [&](const auto& one) { return one.second <= At(minute); }),
              due.end());
    std::vector<JobNumber> expected;
    for (const auto& [number, time] : due) expected.push_back(number);
    ASSERT_EQ(Jobs(), expected) << "round " << round;
    if (round % 40 == 39) Reopen();
  }
  EXPECT_GT(job, 500);
}

TEST_P(JobStoreConformance, PrunesTheOldestWhenThereIsTooMuch) {
  for (JobNumber job = 1; job <= 40; ++job) {
    JobSpec spec = SampleSpec(job);
    spec.body = MakeBytes(Noise(100'000));
    JobEnded ended = EndedAt(job, At(job));
    ended.response = MakeBytes(Noise(150'000));
    ASSERT_TRUE(Apply({CreateRecord(spec), ended}).ok());
  }
  Retention retention = ForEver();
  retention.max_finished_bytes = 5'000'000;
  PruneToTheEnd(retention, At(50));
  const std::vector<JobNumber> left = Jobs();
  EXPECT_GE(left.size(), 15u) << "not more than need be";
  EXPECT_LE(left.size(), 20u);
  EXPECT_EQ(left.back(), 40);
  EXPECT_EQ(left.front(), 41 - static_cast<JobNumber>(left.size())) << "the oldest went";
  Recover();
  const JobStore::Stats stats = store_->GetStats();
  EXPECT_LE(stats.file_bytes - stats.free_bytes, 5'000'000);
}

TEST_P(JobStoreConformance, OneCallPrunesNoMoreThanIsQuick) {
  std::vector<Record> records;
  for (JobNumber job = 1; job <= 3000; ++job) {
    records.push_back(CreateRecord(job));
    records.push_back(EndedAt(job, At(0)));
  }
  ASSERT_TRUE(Apply(std::move(records)).ok());
  size_t before = 3000;
  while (true) {
    const auto more = store_->Prune(JobsFor(absl::ZeroDuration()), At(1));
    ASSERT_TRUE(more.ok()) << more.status();
    const size_t left = Jobs().size();
    EXPECT_LE(before - left, 1000u);
    if (!*more) break;
    before = left;
  }
  EXPECT_TRUE(Jobs().empty());
}

TEST_P(JobStoreConformance, PrunesEventsAsAPrefix) {
  // The third group has an event that is younger than those of the fourth.
  for (int64_t minute : {1, 2, 30, 4, 5}) {
    ASSERT_TRUE(Apply({}, {EventAt(1, At(0)), EventAt(1, At(minute))}).ok());
  }
  Retention retention = ForEver();
  retention.events = absl::Minutes(10);
  PruneToTheEnd(retention, At(11));
  EXPECT_EQ(NewReader()->ReadEventRange()->oldest, 3);
  PruneToTheEnd(retention, At(39));
  EXPECT_EQ(NewReader()->ReadEventRange()->oldest, 5) << "no hole before a younger one";
  EXPECT_EQ(NewReader()->ReadEventRange()->next, 11);
  const auto events = NewReader()->ReadEvents(1, 100);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 6u);
  EXPECT_EQ((*events)[0].number, 5);
  PruneToTheEnd(retention, At(40));
  EXPECT_EQ(NewReader()->ReadEventRange()->oldest, 11);
  EXPECT_EQ(NewReader()->ReadEventRange()->next, 11);
}

TEST_P(JobStoreConformance, PrunesKeysAfterTwiceTheirTime) {
  const auto key = [](uint64_t n, absl::Time time) { return KeyAdded{{n, n}, n, 1, time}; };
  ASSERT_TRUE(Apply({key(1, At(0)), key(2, At(1))}).ok());
  ASSERT_TRUE(Apply({key(3, At(2))}).ok());
  ASSERT_TRUE(Apply({key(4, At(3))}).ok());
  Retention retention = ForEver();
  retention.request_ids = absl::Minutes(10);
  PruneToTheEnd(retention, At(21) - absl::Microseconds(1));
  EXPECT_EQ(Keys().size(), 4u);
  PruneToTheEnd(retention, At(22));
  ASSERT_EQ(Keys().size(), 1u);
  EXPECT_EQ(Keys()[0].content, 4u);
}

TEST_P(JobStoreConformance, NumbersGoOnWhenAllIsPruned) {
  for (JobNumber job = 1; job <= 7; ++job) {
    ASSERT_TRUE(Apply({CreateRecord(job), EndedAt(job, At(0)), KeyAdded{{1, 2}, 3, job, At(0)}},
                      {EventAt(job, At(0)), EventAt(job, At(0))})
                    .ok());
  }
  Retention nothing;
  nothing.finished_jobs = nothing.events = nothing.request_ids = absl::ZeroDuration();
  PruneToTheEnd(nothing, At(1));
  EXPECT_TRUE(Jobs().empty());
  EXPECT_TRUE(Keys().empty());
  EXPECT_TRUE(NewReader()->ReadEvents(1, 10)->empty());
  for (int reopened = 0; reopened < 2; ++reopened) {
    Reopen();
    EXPECT_EQ(recovered_.next_job, 8);
    EXPECT_EQ(recovered_.next_event, 15);
    EXPECT_EQ(NewReader()->ReadEventRange()->oldest, 15);
  }
  EXPECT_TRUE(Apply({CreateRecord(8), EndedAt(8, At(1))}, {EventAt(8, At(1))}).ok());
  PruneToTheEnd(nothing, At(2));
  Recover();
  EXPECT_EQ(recovered_.next_job, 9);
  EXPECT_EQ(recovered_.next_event, 16);
}

TEST_P(JobStoreConformance, GivesMostOfTheFreedSpaceBack) {
  for (JobNumber job = 1; job <= 60; ++job) {
    JobEnded ended = EndedAt(job, At(job));
    ended.response = MakeBytes(Noise(200'000));
    ASSERT_TRUE(Apply({CreateRecord(job), ended}).ok());
  }
  Recover();
  const int64_t before = store_->GetStats().file_bytes;
  PruneToTheEnd(JobsFor(absl::ZeroDuration()), At(50));
  Recover();
  const JobStore::Stats after = store_->GetStats();
  EXPECT_LT(after.file_bytes, before / 2);
  EXPECT_LE(after.free_bytes, after.file_bytes / 8);
  EXPECT_EQ(Jobs().size(), 10u);
}

TEST_P(JobStoreConformance, PruneIsUnavailableWhileTheStoreIs) {
  ASSERT_FALSE(Apply({LiveChanged{SampleLive(99)}}).ok());
  EXPECT_EQ(store_->Prune(ForEver(), At(1)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->StartBackup("x.db").status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace lull
