// When a store is due to be looked through for damage, and what is found.
#include "storage/sqlite/store_check.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/sqlite/sqlite_job_store.h"
#include "tests/storage/sample_records.h"
#include "tests/storage/sqlite/damage.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

class StoreCheckTest : public ::testing::Test {
 protected:
  void Open(const std::string& dir) {
    store_.reset();
    SqliteJobStoreOptions options;
    options.data_dir = dir_ = dir;
    options.checkpoint = limits_;
    auto store = SqliteJobStore::Open(options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    Recover();
  }
  void Recover() {
    const auto recovered = store_->Recover(SampleTime());
    ASSERT_TRUE(recovered.ok()) << recovered.status();
    group_.epoch = recovered->epoch;
  }
  absl::Status Create(JobNumber job) {
    JobSpec spec = SampleSpec(job);
    spec.body = MakeBytes(Noise(20'000));
    group_.records = {CreateRecord(std::move(spec))};
    return store_->ApplyGroup(group_);
  }
  // The files as a crash would leave them.
  std::string Crashed() {
    const std::string copy = NewTempDir() + "/data";
    std::filesystem::copy(dir_, copy);
    return copy;
  }
  CheckpointLimits limits_;
  std::string dir_;
  Group group_;
  std::unique_ptr<SqliteJobStore> store_;
};

TEST_F(StoreCheckTest, IsNotDueInANewStoreNorAfterAClose) {
  Open(NewTempDir() + "/data");
  EXPECT_EQ(store_->CheckDue(), nullptr);
  ASSERT_TRUE(Create(1).ok());
  Open(dir_);
  EXPECT_EQ(store_->CheckDue(), nullptr);
  Recover();
  EXPECT_EQ(store_->CheckDue(), nullptr) << "a recovery is no crash";
}

TEST_F(StoreCheckTest, IsDueAfterACrashUntilItIsDone) {
  Open(NewTempDir() + "/data");
  ASSERT_TRUE(Create(1).ok());
  Open(Crashed());
  ASSERT_NE(store_->CheckDue(), nullptr);
  Recover();
  ASSERT_NE(store_->CheckDue(), nullptr);
  Open(dir_);  // closed before it was done
  const std::unique_ptr<StoreCheck> check = store_->CheckDue();
  ASSERT_NE(check, nullptr);
  EXPECT_TRUE(check->Run().ok());
  EXPECT_EQ(store_->CheckDue(), nullptr);
  Open(dir_);
  EXPECT_EQ(store_->CheckDue(), nullptr);
}

TEST_F(StoreCheckTest, FindsADamagedPageAndStaysDue) {
  Open(NewTempDir() + "/data");
  ASSERT_TRUE(Create(1).ok());
  store_.reset();
  DamageStore(dir_);
  Open(dir_);
  ASSERT_TRUE(Create(2).ok()) << "nothing of it is noticed";
  Open(Crashed());
  for (int start = 0; start < 2; ++start) {
    const std::unique_ptr<StoreCheck> check = store_->CheckDue();
    ASSERT_NE(check, nullptr);
    const absl::Status found = check->Run();
    EXPECT_TRUE(absl::IsDataLoss(found)) << found;
    EXPECT_THAT(std::string(found.message()), HasSubstr("damaged: "));
    Open(dir_);
  }
}

TEST_F(StoreCheckTest, OneThatIsStoppedDoesNotBegin) {
  Open(NewTempDir() + "/data");
  ASSERT_TRUE(Create(1).ok());
  Open(Crashed());
  const std::unique_ptr<StoreCheck> check = store_->CheckDue();
  check->Stop();
  EXPECT_TRUE(absl::IsCancelled(check->Run()));
  EXPECT_NE(store_->CheckDue(), nullptr);
}

// A large store, so that a check takes some time.
class LargeStoreCheckTest : public StoreCheckTest {
 protected:
  void SetUp() override {
    limits_.very_large = 64;
    Open(NewTempDir() + "/data");
    for (JobNumber job = 1; job <= 600; job += 100) {
      group_.records.clear();
      for (JobNumber one = job; one < job + 100; ++one) {
        JobSpec spec = SampleSpec(one);
        spec.body = MakeBytes(Noise(100'000));
        group_.records.push_back(CreateRecord(std::move(spec)));
      }
      ASSERT_TRUE(store_->ApplyGroup(group_).ok());
    }
    Open(Crashed());
  }
  // Calls `disturb` while a check runs, until one has given way. Where all goes slowly a check may
  // be done before it is disturbed; the store has crashed once more then.
  void ExpectGivesWayTo(const std::function<void()>& prepare,
                        const std::function<void()>& disturb) {
    constexpr int kRoundsMax = 50;
    std::atomic<bool> gave_way{false};
    for (int round = 0; round < kRoundsMax && !gave_way; ++round) {
      if (round > 0) Open(Crashed());
      prepare();
      const std::unique_ptr<StoreCheck> check = store_->CheckDue();
      ASSERT_NE(check, nullptr);
      std::atomic<bool> done{false};
      std::thread checks([&] {
        gave_way = absl::IsAborted(check->Run());
        done = true;
      });
      while (!done) disturb();
      checks.join();
    }
    EXPECT_TRUE(gave_way) << "it was done each time before it was disturbed";
    EXPECT_NE(store_->CheckDue(), nullptr);
  }
};

TEST_F(LargeStoreCheckTest, GivesWayToARecovery) {
  ExpectGivesWayTo([] {}, [&] { Recover(); });
  const std::unique_ptr<StoreCheck> check = store_->CheckDue();
  ASSERT_NE(check, nullptr);
  EXPECT_TRUE(check->Run().ok());
}

TEST_F(LargeStoreCheckTest, GivesWayToALogThatGrows) {
  JobNumber job = 1000;
  ExpectGivesWayTo(
      [&] {
        while (store_->GetStats().log_bytes < 2 * limits_.very_large * 8300) {
          ASSERT_TRUE(Create(job++).ok());
        }
      },
      [&] { ASSERT_TRUE(Create(job++).ok()); });
}

}  // namespace
}  // namespace lull
