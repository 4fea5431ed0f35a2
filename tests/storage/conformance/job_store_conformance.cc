#include "tests/storage/conformance/job_store_conformance.h"

#include <stdlib.h>

#include <limits>
#include <utility>

#include "tests/storage/sample_records.h"

namespace lull {

void JobStoreConformance::SetUp() {
  std::string parent = ::testing::TempDir() + "/store.XXXXXX";
  ASSERT_NE(mkdtemp(parent.data()), nullptr);
  data_dir_ = parent + "/data";
  Reopen();
}

void JobStoreConformance::Reopen() {
  store_.reset();
  auto store = GetParam().open(data_dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
  Recover();
}

void JobStoreConformance::Recover() {
  const absl::StatusOr<JobStore::Recovered> recovered = store_->Recover(SampleTime());
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  recovered_ = *recovered;
  next_event_ = recovered_.next_event;
}

Group JobStoreConformance::NextGroup() const {
  Group group;
  group.epoch = recovered_.epoch;
  group.first_event = next_event_;
  return group;
}

absl::Status JobStoreConformance::Apply(std::vector<Record> records, std::vector<Event> events) {
  Group group = NextGroup();
  group.records = std::move(records);
  group.events = std::move(events);
  absl::Status status = store_->ApplyGroup(group);
  if (status.ok()) next_event_ += static_cast<int64_t>(group.events.size());
  return status;
}

void JobStoreConformance::PruneToTheEnd(const Retention& retention, absl::Time now) {
  for (int calls = 0; calls < 10'000; ++calls) {
    const absl::StatusOr<bool> more = store_->Prune(retention, now);
    ASSERT_TRUE(more.ok()) << more.status();
    if (!*more) return;
  }
  FAIL() << "it does not come to an end";
}

std::unique_ptr<JobReader> JobStoreConformance::NewReader() {
  auto reader = store_->OpenReader();
  EXPECT_TRUE(reader.ok()) << reader.status();
  return reader.ok() ? *std::move(reader) : nullptr;
}

std::vector<LiveState> JobStoreConformance::Live() {
  std::vector<LiveState> all;
  const absl::Status status =
      store_->LoadLive([&](LiveState live) { all.push_back(std::move(live)); });
  EXPECT_TRUE(status.ok()) << status;
  return all;
}

std::vector<KeyAdded> JobStoreConformance::Keys() {
  std::vector<KeyAdded> all;
  const absl::Status status = store_->LoadKeys([&](const KeyAdded& key) { all.push_back(key); });
  EXPECT_TRUE(status.ok()) << status;
  return all;
}

std::vector<SmallState> JobStoreConformance::SmallStates() {
  std::vector<SmallState> all;
  const absl::Status status =
      store_->LoadSmallStates([&](const SmallState& state) { all.push_back(state); });
  EXPECT_TRUE(status.ok()) << status;
  return all;
}

std::vector<UsageAdded> JobStoreConformance::AllUsage() {
  JobReader::UsageQuery query;
  query.first_day = std::numeric_limits<int32_t>::min();
  query.last_day = std::numeric_limits<int32_t>::max();
  query.max = 1'000'000;
  auto usage = NewReader()->ReadUsage(query);
  EXPECT_TRUE(usage.ok()) << usage.status();
  return usage.ok() ? *std::move(usage) : std::vector<UsageAdded>();
}

bool JobStoreConformance::Exists(JobNumber job) {
  const auto spec = NewReader()->ReadSpec(job, true);
  EXPECT_TRUE(spec.ok() || absl::IsNotFound(spec.status())) << spec.status();
  return spec.ok();
}

std::vector<JobNumber> JobStoreConformance::Jobs() {
  const auto lines = NewReader()->ListJobs(1, std::numeric_limits<JobNumber>::max(), 1'000'000);
  EXPECT_TRUE(lines.ok()) << lines.status();
  std::vector<JobNumber> jobs;
  if (lines.ok()) {
    for (const JobReader::JobLine& line : *lines) jobs.push_back(line.number);
  }
  return jobs;
}

void JobStoreConformance::ExpectKept(const JobSpec& spec) {
  const absl::Status written = Apply({CreateRecord(spec)});
  ASSERT_TRUE(written.ok()) << written;
  const auto read = NewReader()->ReadSpec(spec.number, true);
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectEqual(**read, spec);
}

void JobStoreConformance::ExpectKept(const LiveState& live) {
  const absl::Status written = Apply({LiveChanged{live}});
  ASSERT_TRUE(written.ok()) << written;
  const std::vector<LiveState> all = Live();
  ASSERT_EQ(all.size(), 1u);
  ExpectEqual(all[0], live);
}

void JobStoreConformance::ExpectKept(const JobEnded& ended) {
  const absl::Status written = Apply({CreateRecord(ended.number), ended});
  ASSERT_TRUE(written.ok()) << written;
  const auto read = NewReader()->ReadEnded(ended.number, true);
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectEqual(*read, ended);
}

Event MakeEvent(JobNumber job, EventKind kind) {
  Event event;
  event.job = job;
  event.kind = kind;
  event.state = JobState::kPending;
  event.time = SampleTime();
  return event;
}

}  // namespace lull
