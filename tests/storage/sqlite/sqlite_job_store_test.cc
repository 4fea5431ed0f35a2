// What SqliteJobStore does with its files, and when they fail it.
#include "storage/sqlite/sqlite_job_store.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "gtest/gtest.h"
#include "tests/storage/sample_records.h"
#include "tests/storage/sqlite/file_size_limit.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

class SqliteJobStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    store_.reset();
    auto store = SqliteJobStore::Open({dir_, 2048});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  void Recover() {
    const auto recovered = store_->Recover(SampleTime());
    ASSERT_TRUE(recovered.ok()) << recovered.status();
    epoch_ = recovered->epoch;
  }

  absl::Status Create(JobNumber job, size_t body_bytes = 10) {
    JobSpec spec = SampleSpec(job);
    spec.body = MakeBytes(Noise(body_bytes));
    Group group;
    group.epoch = epoch_;
    group.records = {CreateRecord(std::move(spec))};
    return store_->ApplyGroup(group);
  }

  bool Exists(JobNumber job) {
    const auto reader = store_->OpenReader();
    EXPECT_TRUE(reader.ok());
    return (*reader)->ReadSpec(job, true).ok();
  }

  int64_t SizeOf(const std::string& suffix) const {
    struct stat found;
    return stat((db_ + suffix).c_str(), &found) == 0 ? found.st_size : -1;
  }

  // How many descriptors of this process are of the main file.
  int OpenDatabaseFiles() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code ignored;
      if (std::filesystem::equivalent(entry.path(), db_, ignored)) ++count;
    }
    return count;
  }

  const std::string dir_ = NewTempDir() + "/data";
  const std::string db_ = dir_ + "/lull.db";
  std::unique_ptr<SqliteJobStore> store_;
  int64_t epoch_ = 0;
};

TEST_F(SqliteJobStoreTest, AllItsFilesAreForTheOwnerOnly) {
  const mode_t old_mask = umask(0);
  Recover();
  ASSERT_TRUE(Create(1).ok());
  umask(old_mask);
  for (const char* suffix : {"", "-wal"}) {
    struct stat found;
    ASSERT_EQ(stat((db_ + suffix).c_str(), &found), 0) << suffix;
    EXPECT_EQ(found.st_mode & 07777, 0600u) << suffix;
  }
}

TEST_F(SqliteJobStoreTest, AHealthyCloseLeavesOneFileThatIsComplete) {
  Recover();
  ASSERT_TRUE(Create(1).ok());
  store_.reset();
  EXPECT_EQ(SizeOf("-wal"), -1);
  Open();
  Recover();
  EXPECT_TRUE(Exists(1));
}

TEST_F(SqliteJobStoreTest, ACloseAfterAFailureLeavesTheLogToTheNextRecovery) {
  Recover();
  ASSERT_TRUE(Create(1).ok());
  ASSERT_FALSE(Create(1).ok());
  const int64_t log_bytes = SizeOf("-wal");
  ASSERT_GT(log_bytes, 0);
  store_.reset();
  EXPECT_EQ(SizeOf("-wal"), log_bytes);
  Open();
  Recover();
  EXPECT_TRUE(Exists(1));
}

TEST_F(SqliteJobStoreTest, AWriteThatFailsMakesTheStoreUnavailableUntilItIsRecovered) {
  Recover();
  ASSERT_TRUE(Create(1).ok());
  {
    FileSizeLimit limit(SizeOf("-wal") + 100);
    const absl::Status status = Create(2, 500000);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_EQ(Create(3).code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(Exists(1)) << "what is stored is served";
  }
  EXPECT_EQ(Create(4).code(), absl::StatusCode::kUnavailable) << "though the disk has room again";
  Recover();
  EXPECT_TRUE(Exists(1));
  EXPECT_FALSE(Exists(2));
  EXPECT_TRUE(Create(2, 500000).ok());
  EXPECT_TRUE(Exists(2));
}

TEST_F(SqliteJobStoreTest, ARecoveryThatFailsCanBeRepeated) {
  Recover();
  ASSERT_TRUE(Create(1, 500000).ok());
  Recover();
  ASSERT_TRUE(Create(2, 500000).ok());
  {
    // The log can be read, but not brought into the main file.
    FileSizeLimit limit(SizeOf("") + 100);
    const auto recovered = store_->Recover(SampleTime());
    EXPECT_EQ(recovered.status().code(), absl::StatusCode::kUnavailable) << recovered.status();
    EXPECT_EQ(Create(3).code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(Exists(1));
  }
  Recover();
  EXPECT_TRUE(Exists(2));
  EXPECT_TRUE(Create(3).ok());
}

TEST_F(SqliteJobStoreTest, RecoveryBringsTheWholeLogIntoTheMainFile) {
  Recover();
  ASSERT_TRUE(Create(1, 500000).ok());
  ASSERT_GT(SizeOf("-wal"), 500000);
  Recover();
  EXPECT_GT(SizeOf(""), 500000);
  EXPECT_LT(SizeOf("-wal"), 100000) << "only what recovery itself wrote";
}

TEST_F(SqliteJobStoreTest, ARecoveryClosesTheReadersConnectionsToo) {
  Recover();
  const int without_readers = OpenDatabaseFiles();
  const auto reader = store_->OpenReader();
  ASSERT_TRUE((*reader)->ListJobs(1, 1, 1).ok());
  EXPECT_GT(OpenDatabaseFiles(), without_readers);
  Recover();
  EXPECT_EQ(OpenDatabaseFiles(), without_readers);
  EXPECT_TRUE((*reader)->ListJobs(1, 1, 1).ok());
}

TEST_F(SqliteJobStoreTest, AFileOfANewerVersionIsRefused) {
  Recover();
  store_.reset();
  {
    auto connection = Connection::OpenWriter(db_);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)->Execute("INSERT INTO migrations VALUES (999, 'future', 0)").ok());
  }
  Open();
  const auto recovered = store_->Recover(SampleTime());
  EXPECT_EQ(recovered.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(recovered.status().message().find("newer"), absl::string_view::npos)
      << recovered.status();
}

TEST_F(SqliteJobStoreTest, ADamagedFileIsDataLoss) {
  Recover();
  store_.reset();
  ASSERT_EQ(SizeOf("-wal"), -1);
  {
    std::fstream file(db_, std::ios::in | std::ios::out | std::ios::binary);
    file << "This is no SQLite file any more";
  }
  Open();
  const auto recovered = store_->Recover(SampleTime());
  EXPECT_EQ(recovered.status().code(), absl::StatusCode::kDataLoss) << recovered.status();
}

TEST_F(SqliteJobStoreTest, ADamagedColumnIsDataLossAndNotAWrongAnswer) {
  Recover();
  ASSERT_TRUE(Create(1, 5000).ok());
  store_.reset();
  {
    auto connection = Connection::OpenWriter(db_);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)
                    ->Execute("UPDATE live SET state = 99; UPDATE jobs SET run_when = 99;"
                              "UPDATE jobs SET id = x'00'")
                    .ok());
  }
  Open();
  Recover();
  EXPECT_EQ(store_->LoadLive([](LiveState) {}).code(), absl::StatusCode::kDataLoss);
  const auto reader = store_->OpenReader();
  EXPECT_EQ((*reader)->ReadSpec(1, false).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ((*reader)->ListJobs(1, 1, 1).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SqliteJobStoreTest, LargeBodiesAreStoredCompressed) {
  Recover();
  Group group;
  group.epoch = epoch_;
  JobSpec spec = SampleSpec(1);
  spec.body = MakeBytes(std::string(1000000, 'x'));
  JobEnded ended = SampleEnded(1);
  ended.response = MakeBytes(std::string(1000000, 'y'));
  group.records = {CreateRecord(std::move(spec)), std::move(ended)};
  ASSERT_TRUE(store_->ApplyGroup(group).ok());
  EXPECT_LT(SizeOf("-wal"), 500000);
}

TEST_F(SqliteJobStoreTest, NumbersNotedInTheFileAreNeverGivenAgain) {
  Recover();
  store_.reset();
  {
    auto connection = Connection::OpenWriter(db_);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)->Execute("UPDATE meta SET next_job = 500, next_event = 600").ok());
  }
  Open();
  const auto recovered = store_->Recover(SampleTime());
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->next_job, 500);
  EXPECT_EQ(recovered->next_event, 600);
}

TEST_F(SqliteJobStoreTest, TellsTheSizesOfItsFiles) {
  Recover();
  ASSERT_TRUE(Create(1, 500000).ok());
  const JobStore::Stats stats = store_->GetStats();
  EXPECT_EQ(stats.log_bytes, SizeOf("-wal"));
  EXPECT_EQ(stats.file_bytes, SizeOf(""));
  EXPECT_GT(stats.log_bytes, 500000);
  EXPECT_EQ(stats.free_bytes, 0);
}

}  // namespace
}  // namespace lull
