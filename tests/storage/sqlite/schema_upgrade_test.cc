// A file that an earlier version of the schema wrote keeps all it has, and goes on.
#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/sqlite_job_store.h"
#include "tests/storage/sample_records.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

// As migration 1 has it: an ended job and a live one, with their bodies, a commit each of events
// and keys in packed form (one event, of job 5, created, at 2 us; one key of ones, of job 5, at 3
// us), and a small state.
constexpr char kRowsOfVersion1[] =
    "UPDATE meta SET epoch = 3, instance = 99, next_job = 2, next_event = 4;"
    "INSERT INTO jobs VALUES (1, x'00000000000000000000000000000001', 't', 'batch', 'chat', NULL,"
    " 0, 1, x'0a016b0a0176', 1000, NULL, 9000, 3, 'POST', '/p', 'm', NULL);"
    "INSERT INTO jobs VALUES (2, x'00000000000000000000000000000002', 't', 'batch', 'chat', NULL,"
    " 0, 1, NULL, 2000, NULL, 9000, 3, 'POST', '/p', 'm', NULL);"
    "INSERT INTO bodies VALUES (1, NULL, x'7b7d'), (2, NULL, x'5b5d');"
    "INSERT INTO live VALUES (2, 't', 'batch', 'chat', NULL, 0, 2, 0, 1, 2000, 2000, NULL, 0, 9000,"
    " 2, 3, 1, 1, 0, 0, 7, 'w', 'up', '', 0, 2500, 60000000, 2500, NULL);"
    "INSERT INTO results VALUES (4, 1, 4, 1, 1, 1, 't', 'batch', 'chat', 1, 0, 1000, 1100, 1200,"
    " 9000, 77, NULL, 10, 0, 20, 0, 1, 0, '', '', 200, 'stop', 'application/json', 'm', 'req', "
    "NULL, x'616e73776572');"
    "INSERT INTO events VALUES (4, 1, "
    "x'0a0105120101"
    "1a0101220100"
    "2a0100320100"
    "3a010042004802');"
    "INSERT INTO keys VALUES (1, "
    "x'0a08010000000000000012080100000000000000"
    "1a0801000000000000002201052a01003003');"
    "INSERT INTO small_state VALUES ('pause', 'batch', x'31');";

class SchemaUpgradeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(mkdir(options_.data_dir.c_str(), 0700), 0);
    auto connection = Connection::OpenWriter(options_.data_dir + "/lull.db");
    ASSERT_TRUE(connection.ok()) << connection.status();
    ASSERT_TRUE(Migrate(**connection, SchemaMigrations().first(1), SampleTime()).ok());
    const absl::Status filled = (*connection)->Execute(kRowsOfVersion1);
    ASSERT_TRUE(filled.ok()) << filled;
    connection->reset();
    auto store = SqliteJobStore::Open(options_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    const auto recovered = store_->Recover(SampleTime());
    ASSERT_TRUE(recovered.ok()) << recovered.status();
    recovered_ = *recovered;
    reader_ = *store_->OpenReader();
  }

  SqliteJobStoreOptions options_{.data_dir = NewTempDir() + "/data"};
  std::unique_ptr<SqliteJobStore> store_;
  std::unique_ptr<JobReader> reader_;
  JobStore::Recovered recovered_;
};

TEST_F(SchemaUpgradeTest, NumbersGoOn) {
  EXPECT_EQ(recovered_.epoch, 4);
  EXPECT_EQ(recovered_.instance, 99u);
  EXPECT_EQ(recovered_.next_job, 3);
  EXPECT_EQ(recovered_.next_event, 5);
}

TEST_F(SchemaUpgradeTest, JobsAreAsTheyWere) {
  const auto ended = reader_->ReadEnded(1, true);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->state, JobState::kSucceeded);
  EXPECT_EQ(ended->result_hash, 77u);
  EXPECT_EQ(ended->usage.completion, 20);
  EXPECT_EQ(ended->upstream_request_id, "req");
  EXPECT_EQ(*ended->response, "answer");
  EXPECT_EQ(ended->labels, std::nullopt);
  EXPECT_EQ(ended->event, 0);
  EXPECT_EQ((*reader_->ReadSpec(1, true))->labels, (Labels{{"k", "v"}}));
  EXPECT_EQ(*(*reader_->ReadSpec(2, true))->body, "[]");
  std::vector<LiveState> live;
  ASSERT_TRUE(store_->LoadLive([&](LiveState one) { live.push_back(std::move(one)); }).ok());
  ASSERT_EQ(live.size(), 1u);
  EXPECT_EQ(live[0].number, 2);
  EXPECT_EQ(live[0].lease, 7);
  EXPECT_EQ(live[0].worker, "w");
  EXPECT_EQ(live[0].labels, std::nullopt);
  EXPECT_EQ(live[0].event, 0);
  EXPECT_EQ(live[0].model, "m");
}

TEST_F(SchemaUpgradeTest, EventsKeysAndSmallStatesAreAsTheyWere) {
  const auto events = reader_->ReadEvents(1, 10);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ((*events)[0].number, 4);
  EXPECT_EQ((*events)[0].event.job, 5);
  EXPECT_EQ((*events)[0].event.time, absl::FromUnixMicros(2));
  std::vector<KeyAdded> keys;
  ASSERT_TRUE(store_->LoadKeys([&](const KeyAdded& key) { keys.push_back(key); }).ok());
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].job, 5);
  EXPECT_EQ(keys[0].time, absl::FromUnixMicros(3));
  std::string paused;
  ASSERT_TRUE(store_->LoadSmallStates([&](const SmallState& s) { paused = *s.value; }).ok());
  EXPECT_EQ(paused, "1");
}

TEST_F(SchemaUpgradeTest, ListsCountTheOldJobsAndNewGroupsAreKept) {
  Group group;
  group.epoch = recovered_.epoch;
  group.first_event = recovered_.next_event;
  JobSpec spec = SampleSpec(3);
  spec.tenant = "t";
  LiveState changed = SampleLive(2);
  group.records = {CreateRecord(spec), LiveChanged{changed}, SampleUsage(1), JobDeleted{1}};
  JobReader::Query query;
  query.tenant = "t";
  query.max_jobs = 10;
  EXPECT_EQ(reader_->QueryJobs(query)->jobs, (std::vector<JobNumber>{2, 1}));
  const absl::Status applied = store_->ApplyGroup(group);
  ASSERT_TRUE(applied.ok()) << applied;
  EXPECT_EQ(reader_->QueryJobs(query)->jobs, (std::vector<JobNumber>{3, 2}));
}

}  // namespace
}  // namespace lull
