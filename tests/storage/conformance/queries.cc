// Lists of a tenant's jobs, who jobs are, and which events are kept.
#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/storage/conformance/job_store_conformance.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

// A job in the state it is in now, and the records that bring it there.
struct MadeJob {
  JobNumber number = 0;
  std::string tenant;
  std::string class_name;
  JobState state = JobState::kPending;
  absl::Time create_time;
  Labels labels;

  bool Matches(const JobFilter& filter) const {
    return filter.Matches({state, class_name, create_time, &labels});
  }
};

Labels SomeLabels(uint64_t random) {
  if (random % 3 == 0) return {};
  return {{"run", absl::StrCat(random % 4)}, {"team", random % 2 == 0 ? "red" : "blue"}};
}

// Its class and its labels may have been changed since it was created.
MadeJob MakeJob(JobNumber number, std::mt19937_64& random, std::vector<Record>& records) {
  MadeJob job;
  job.number = number;
  job.tenant = random() % 3 == 0 ? "other" : "mine";
  job.class_name = random() % 2 == 0 ? "batch" : "chat";
  job.state = static_cast<JobState>(1 + random() % 7);
  job.create_time = SampleTime() + absl::Seconds(static_cast<int64_t>(random() % 100));
  job.labels = SomeLabels(random());
  JobSpec spec = SampleSpec(number);
  spec.tenant = job.tenant;
  spec.class_name = random() % 2 == 0 ? job.class_name : "as it was created";
  spec.create_time = job.create_time;
  const bool labels_changed = random() % 2 == 0;
  spec.labels = labels_changed ? SomeLabels(random()) : job.labels;
  JobCreated created = CreateRecord(spec);
  created.live.tenant = job.tenant;
  created.live.class_name = job.class_name;
  created.live.state = IsTerminal(job.state) ? JobState::kPending : job.state;
  created.live.labels = labels_changed ? std::optional<Labels>(job.labels) : std::nullopt;
  JobEnded ended = SampleEnded(number);
  ended.state = job.state;
  ended.tenant = job.tenant;
  ended.class_name = job.class_name;
  ended.labels = created.live.labels;
  records.push_back(std::move(created));
  if (IsTerminal(job.state)) records.push_back(std::move(ended));
  return job;
}

std::vector<JobFilter> SomeFilters() {
  std::vector<JobFilter> filters(8);
  filters[1].states = JobFilter::kEndedStates;
  filters[2].states = JobFilter::Bit(JobState::kPending) | JobFilter::Bit(JobState::kFailed);
  filters[3].class_is = {"batch"};
  filters[4].class_is_not = {"batch"};
  filters[5].label_is = {{"team", "red"}};
  filters[6].label_is_not = {{"team", "red"}, {"run", "1"}};
  filters[7].created_from = SampleTime() + absl::Seconds(20);
  filters[7].created_until = SampleTime() + absl::Seconds(60);
  return filters;
}

}  // namespace

TEST_P(JobStoreConformance, QueriesGiveWhatMatchesNewestFirstInPages) {
  std::mt19937_64 random(20261127);
  std::vector<MadeJob> made;
  std::vector<Record> records;
  for (JobNumber number = 3; number < 500; number += 1 + static_cast<JobNumber>(random() % 3)) {
    made.push_back(MakeJob(number, random, records));
  }
  ASSERT_TRUE(Apply(std::move(records)).ok());
  const auto reader = NewReader();
  for (const JobFilter& filter : SomeFilters()) {
    std::vector<JobNumber> expected;
    for (auto job = made.rbegin(); job != made.rend(); ++job) {
      if (job->tenant == "mine" && job->Matches(filter)) expected.push_back(job->number);
    }
    ASSERT_FALSE(expected.empty());
    for (const auto& [max_jobs, max_looked_at] :
         std::vector<std::pair<int, int>>{{1, 10'000}, {7, 10'000}, {1000, 10'000}, {5, 13}}) {
      JobReader::Query query;
      query.tenant = "mine";
      query.filter = filter;
      query.max_jobs = max_jobs;
      query.max_looked_at = max_looked_at;
      std::vector<JobNumber> read;
      while (true) {
        const auto page = reader->QueryJobs(query);
        ASSERT_TRUE(page.ok()) << page.status();
        ASSERT_LE(page->jobs.size(), static_cast<size_t>(max_jobs));
        read.insert(read.end(), page->jobs.begin(), page->jobs.end());
        if (page->next == 0) break;
        ASSERT_LT(page->next, query.before);
        query.before = page->next;
      }
      EXPECT_EQ(read, expected) << max_jobs << " " << max_looked_at;
    }
  }
}

TEST_P(JobStoreConformance, AQueryLooksAtNoMoreJobsThanItMay) {
  std::vector<Record> records;
  for (JobNumber number = 1; number <= 50; ++number) records.push_back(CreateRecord(number));
  ASSERT_TRUE(Apply(std::move(records)).ok());
  JobReader::Query query;
  query.tenant = "has none";
  query.max_jobs = 10;
  query.max_looked_at = 20;
  const auto reader = NewReader();
  const auto page = reader->QueryJobs(query);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_TRUE(page->jobs.empty());
  EXPECT_EQ(page->next, 31) << "it looked at 50 to 31";
  query.before = 21;
  EXPECT_EQ(reader->QueryJobs(query)->next, 0) << "that was the last of them";
}

TEST_P(JobStoreConformance, TheLastPageSaysSoThoughItIsFull) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2)}).ok());
  JobReader::Query query;
  query.tenant = SampleSpec(1).tenant;
  query.max_jobs = 2;
  const auto page = NewReader()->QueryJobs(query);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->jobs, (std::vector<JobNumber>{2, 1}));
  EXPECT_EQ(page->next, 0);
}

TEST_P(JobStoreConformance, ReadsWhoJobsAreInTheOrderAskedFor) {
  ASSERT_TRUE(Apply({CreateRecord(1), CreateRecord(2), CreateRecord(3), SampleEnded(3)}).ok());
  ASSERT_TRUE(Apply({JobDeleted{3}}).ok());
  const auto read = NewReader()->ReadIdentities({2, 3, 1, 2, 77});
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 3u);
  const JobNumber numbers[] = {2, 1, 2};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*read)[i].number, numbers[i]);
    EXPECT_EQ((*read)[i].id, SampleId(numbers[i]));
    EXPECT_EQ((*read)[i].tenant, SampleSpec(1).tenant);
    EXPECT_EQ((*read)[i].labels, SampleSpec(1).labels) << "those it was created with";
  }
}

TEST_P(JobStoreConformance, TellsWhichEventsAreKept) {
  const auto reader = NewReader();
  EXPECT_EQ(reader->ReadEventRange()->oldest, 1);
  EXPECT_EQ(reader->ReadEventRange()->next, 1);
  ASSERT_TRUE(Apply({}, {SampleEvent(1), SampleEvent(2)}).ok());
  ASSERT_TRUE(Apply({}, {SampleEvent(3)}).ok());
  EXPECT_EQ(reader->ReadEventRange()->oldest, 1);
  EXPECT_EQ(reader->ReadEventRange()->next, 4);
}

}  // namespace lull
