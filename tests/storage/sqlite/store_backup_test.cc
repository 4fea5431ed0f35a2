// A backup is a whole store, with all that was acknowledged when it ended; and while it is made the
// original goes on.
#include "storage/sqlite/store_backup.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/sqlite/sqlite_job_store.h"
#include "tests/storage/sample_records.h"
#include "tests/storage/sqlite/temp_dir.h"
#include "tests/storage/store_image.h"

namespace lull {
namespace {

namespace fs = std::filesystem;

class StoreBackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = OpenStore(dir_);
    image_ = ImageOf(*store_);
  }

  std::unique_ptr<SqliteJobStore> OpenStore(const std::string& dir) {
    SqliteJobStoreOptions options;
    options.data_dir = dir;
    options.compress_above_bytes = 1 << 30;
    auto store = SqliteJobStore::Open(options);
    EXPECT_TRUE(store.ok()) << store.status();
    const auto recovered = (*store)->Recover(SampleTime());
    EXPECT_TRUE(recovered.ok()) << recovered.status();
    recovered_ = *recovered;
    return *std::move(store);
  }

  static StoreImage ImageOf(JobStore& store) {
    auto image = StoreImage::Read(store);
    EXPECT_TRUE(image.ok()) << image.status();
    return *std::move(image);
  }

  // A job that ends, one that stays, a key, usage and events.
  static Group Life(const StoreImage& store, int64_t epoch, size_t body_bytes) {
    const JobNumber job = store.next_job();
    Group group;
    group.epoch = epoch;
    group.first_event = store.next_event();
    for (JobNumber number : {job, job + 1}) {
      JobSpec spec = SampleSpec(number);
      spec.body = MakeBytes(absl::StrCat(number, Noise(body_bytes)));
      group.records.push_back(CreateRecord(spec));
      group.events.push_back(SampleEvent(number));
    }
    group.records.push_back(SampleEnded(job));
    group.records.push_back(KeyAdded{{1, 2}, 3, job, SampleTime()});
    group.records.push_back(SampleUsage(static_cast<int32_t>(job % 3)));
    return group;
  }

  void ApplyLife(size_t body_bytes) {
    const Group group = Life(image_, recovered_.epoch, body_bytes);
    const absl::Status status = store_->ApplyGroup(group);
    ASSERT_TRUE(status.ok()) << status;
    image_.Apply(group);
  }

  std::unique_ptr<StoreBackup> Start(const std::string& name) {
    auto backup = store_->StartBackup(name);
    EXPECT_TRUE(backup.ok()) << backup.status();
    return backup.ok() ? *std::move(backup) : nullptr;
  }

  // Between the steps `meanwhile` is called.
  template <typename Meanwhile>
  std::string RunToTheEnd(StoreBackup& backup, Meanwhile meanwhile) {
    for (int steps = 0; steps < 1000; ++steps) {
      const auto progress = backup.Step();
      EXPECT_TRUE(progress.ok()) << progress.status();
      if (!progress.ok()) return "";
      EXPECT_LE(progress->copied_bytes, progress->total_bytes);
      if (progress->done) {
        EXPECT_EQ(progress->copied_bytes, progress->total_bytes);
        steps_ = steps;
        return progress->path;
      }
      meanwhile();
    }
    ADD_FAILURE() << "it does not come to an end";
    return "";
  }

  // As docs/operations.md says it is done.
  std::unique_ptr<SqliteJobStore> Restore(const std::string& path) {
    const std::string dir = absl::StrCat(NewTempDir(), "/restored");
    fs::create_directory(dir);
    fs::copy_file(path, dir + "/lull.db");
    return OpenStore(dir);
  }

  std::vector<std::string> BackupFolder() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir_ + "/backups")) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  const std::string dir_ = NewTempDir() + "/data";
  std::unique_ptr<SqliteJobStore> store_;
  JobStore::Recovered recovered_;
  StoreImage image_;
  int steps_ = 0;
};

TEST_F(StoreBackupTest, AQuietStoreIsCopiedWhole) {
  for (int i = 0; i < 20; ++i) ApplyLife(1000);
  const std::string path = RunToTheEnd(*Start("a.db"), [] {});
  EXPECT_EQ(path, dir_ + "/backups/a.db");
  EXPECT_EQ(BackupFolder(), std::vector<std::string>{"a.db"});
  const auto restored = Restore(path);
  EXPECT_EQ(image_.Difference(ImageOf(*restored)), "");
}

TEST_F(StoreBackupTest, WhatIsCommittedMeanwhileIsInIt) {
  for (int i = 0; i < 40; ++i) ApplyLife(400'000);
  const auto backup = Start("busy.db");
  const std::string path = RunToTheEnd(*backup, [this] { ApplyLife(50'000); });
  EXPECT_GT(steps_, 3);
  const StoreImage at_the_end = image_;
  ApplyLife(10);
  EXPECT_EQ(image_.Difference(ImageOf(*store_)), "") << "the original has all of it";
  const auto restored = Restore(path);
  EXPECT_EQ(at_the_end.Difference(ImageOf(*restored)), "");
  const Group next = Life(at_the_end, recovered_.epoch, 10);
  ASSERT_TRUE(restored->ApplyGroup(next).ok()) << "it goes on where the backup ended";
  EXPECT_EQ(image_.Difference(ImageOf(*restored)), "");
}

TEST_F(StoreBackupTest, PruningAndCheckpointsMeanwhileDoNotHurt) {
  for (int i = 0; i < 40; ++i) ApplyLife(400'000);
  const auto backup = Start("pruned.db");
  Retention retention;
  retention.finished_jobs = absl::ZeroDuration();
  const std::string path = RunToTheEnd(*backup, [&] {
    ASSERT_TRUE(store_->Prune(retention, SampleTime() + absl::Hours(1)).ok());
    ASSERT_TRUE(store_->Tidy().ok());
    ApplyLife(1000);
    ASSERT_TRUE(store_->Prune(retention, SampleTime() + absl::Hours(2)).ok());
  });
  const StoreImage original = ImageOf(*store_);
  const auto restored = Restore(path);
  EXPECT_EQ(original.Difference(ImageOf(*restored)), "");
}

TEST_F(StoreBackupTest, TheCopyIsAnotherStoreToWorkers) {
  ApplyLife(10);
  const uint64_t instance = recovered_.instance;
  const int64_t epoch = recovered_.epoch;
  const std::string path = RunToTheEnd(*Start("a.db"), [] {});
  const auto restored = Restore(path);
  EXPECT_NE(recovered_.instance, instance);
  EXPECT_EQ(recovered_.epoch, epoch + 1);
  EXPECT_EQ(recovered_.next_job, image_.next_job());
  EXPECT_EQ(recovered_.next_event, image_.next_event());
}

TEST_F(StoreBackupTest, OnlyItsOwnerMayReadIt) {
  const std::string path = RunToTheEnd(*Start("a.db"), [] {});
  struct stat found;
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((dir_ + "/backups").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
}

TEST_F(StoreBackupTest, AnAbandonedOneLeavesNothing) {
  for (int i = 0; i < 20; ++i) ApplyLife(400'000);
  {
    const auto backup = Start("a.db");
    ASSERT_TRUE(backup->Step().ok());
    EXPECT_EQ(BackupFolder(), std::vector<std::string>{"a.db.part"});
  }
  EXPECT_TRUE(BackupFolder().empty());
  ApplyLife(10);
  EXPECT_EQ(image_.Difference(ImageOf(*store_)), "");
}

TEST_F(StoreBackupTest, WhatAKilledProcessLeftIsRemovedByTheNext) {
  RunToTheEnd(*Start("whole.db"), [] {});
  for (const char* name : {"a.db.part", "b.db.part", "b.db.part-wal"}) {
    std::ofstream(dir_ + "/backups/" + name) << "half a file";
  }
  RunToTheEnd(*Start("b.db"), [] {});
  EXPECT_EQ(BackupFolder(), (std::vector<std::string>{"b.db", "whole.db"}));
}

TEST_F(StoreBackupTest, ARecoveryEndsItAndTheNextOneIsWhole) {
  for (int i = 0; i < 20; ++i) ApplyLife(400'000);
  const auto backup = Start("a.db");
  ASSERT_TRUE(backup->Step().ok());
  recovered_ = *store_->Recover(SampleTime());
  EXPECT_EQ(backup->Step().status().code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(BackupFolder().empty());
  const std::string path = RunToTheEnd(*Start("a.db"), [] {});
  EXPECT_EQ(image_.Difference(ImageOf(*Restore(path))), "");
}

TEST_F(StoreBackupTest, ItMayOutliveAStoreThatIsClosed) {
  const auto backup = Start("a.db");
  store_.reset();
  EXPECT_FALSE(backup->Step().ok());
  EXPECT_TRUE(BackupFolder().empty());
}

TEST_F(StoreBackupTest, RefusesANameThatIsTakenAndASecondAtATime) {
  RunToTheEnd(*Start("a.db"), [] {});
  EXPECT_EQ(store_->StartBackup("a.db").status().code(), absl::StatusCode::kAlreadyExists);
  const auto backup = Start("b.db");
  EXPECT_EQ(store_->StartBackup("c.db").status().code(), absl::StatusCode::kFailedPrecondition);
  RunToTheEnd(*backup, [] {});
  RunToTheEnd(*Start("c.db"), [] {});
  EXPECT_EQ(BackupFolder(), (std::vector<std::string>{"a.db", "b.db", "c.db"}));
}

TEST_F(StoreBackupTest, RefusesWhatIsNoFileName) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("../x"), std::string("a/b"),
        std::string(".hidden"), std::string("x.part"), std::string("a\0b", 3),
        std::string(300, 'x')}) {
    EXPECT_EQ(store_->StartBackup(name).status().code(), absl::StatusCode::kInvalidArgument)
        << name;
  }
  EXPECT_FALSE(fs::exists(dir_ + "/backups"));
}

TEST_F(StoreBackupTest, OneThatCannotBeWrittenLeavesTheStoreUsable) {
  ApplyLife(10);
  std::ofstream(dir_ + "/backups") << "a file where the folder should be";
  EXPECT_FALSE(store_->StartBackup("a.db").ok());
  ApplyLife(10);
  EXPECT_EQ(image_.Difference(ImageOf(*store_)), "");
}

}  // namespace
}  // namespace lull
