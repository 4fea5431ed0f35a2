// The power is cut at random moments of a running store, with failed syncs before some of the cuts.
// The same harness must notice stores that are wrong in one point each.
#include <dlfcn.h>
#include <sqlite3.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/sqlite/crash_driver.h"
#include "tests/storage/sqlite/life_step.h"

namespace {
bool skip_checkpoints = false;
sqlite3* opened_last = nullptr;
}  // namespace

// Stands before the library's own for the whole program, so that a test can leave checkpoints out.
extern "C" int sqlite3_wal_checkpoint_v2(sqlite3* db, const char* name, int mode, int* log,
                                         int* done) {
  if (skip_checkpoints) {
    *log = *done = 0;
    return SQLITE_OK;
  }
  using Checkpoint = int (*)(sqlite3*, const char*, int, int*, int*);
  static const auto real =
      reinterpret_cast<Checkpoint>(dlsym(RTLD_NEXT, "sqlite3_wal_checkpoint_v2"));
  return real(db, name, mode, log, done);
}

namespace lull {
namespace {

using StoreOr = absl::StatusOr<std::unique_ptr<JobStore>>;

// Hands everything on; a wrong store changes one verb.
class WrongStore : public JobStore {
 public:
  explicit WrongStore(std::unique_ptr<JobStore> store) : store_(std::move(store)) {}
  absl::StatusOr<Recovered> Recover(absl::Time now) override { return store_->Recover(now); }
  absl::StatusOr<Committed> FindCommitted() override { return store_->FindCommitted(); }
  absl::Status LoadLive(absl::FunctionRef<void(LiveState)> add) override {
    return store_->LoadLive(add);
  }
  absl::Status LoadKeys(absl::FunctionRef<void(const KeyAdded&)> add) override {
    return store_->LoadKeys(add);
  }
  absl::Status LoadSmallStates(absl::FunctionRef<void(const SmallState&)> add) override {
    return store_->LoadSmallStates(add);
  }
  absl::Status ApplyGroup(const Group& group) override { return store_->ApplyGroup(group); }
  absl::StatusOr<bool> Tidy() override { return store_->Tidy(); }
  absl::StatusOr<bool> Prune(const Retention& retention, absl::Time now) override {
    return store_->Prune(retention, now);
  }
  absl::StatusOr<std::unique_ptr<StoreBackup>> StartBackup(const std::string& file_name) override {
    return store_->StartBackup(file_name);
  }
  absl::StatusOr<std::unique_ptr<JobReader>> OpenReader() override { return store_->OpenReader(); }
  std::unique_ptr<StoreCheck> CheckDue() override { return store_->CheckDue(); }
  Stats GetStats() const override { return store_->GetStats(); }

 protected:
  const std::unique_ptr<JobStore> store_;
};

// Its commits are not synced.
class NormalSyncStore final : public WrongStore {
 public:
  using WrongStore::WrongStore;
  absl::StatusOr<Recovered> Recover(absl::Time now) override {
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(NoteOpened));
    absl::StatusOr<Recovered> recovered = store_->Recover(now);
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(NoteOpened));
    if (recovered.ok()) {
      EXPECT_EQ(SQLITE_OK,
                sqlite3_exec(opened_last, "PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr));
    }
    return recovered;
  }

 private:
  static int NoteOpened(sqlite3* db, char**, const void*) {
    opened_last = db;
    return SQLITE_OK;
  }
};

// Acknowledges a group before it commits it.
class HastyStore final : public WrongStore {
 public:
  using WrongStore::WrongStore;
  absl::Status ApplyGroup(const Group& group) override {
    absl::Status status = Commit();
    if (status.ok()) acknowledged_ = group;
    return status;
  }
  absl::StatusOr<Recovered> Recover(absl::Time now) override {
    (void)Commit();
    return store_->Recover(now);
  }

 private:
  absl::Status Commit() {
    const std::optional<Group> group = std::exchange(acknowledged_, std::nullopt);
    return group.has_value() ? store_->ApplyGroup(*group) : absl::OkStatus();
  }
  std::optional<Group> acknowledged_;
};

// Which the wrong stores below tell what to leave out.
FaultVfs* current_vfs = nullptr;

// Brings the log into the main file as it finds it.
class BelievingStore final : public WrongStore {
 public:
  using WrongStore::WrongStore;
  absl::StatusOr<Recovered> Recover(absl::Time now) override {
    current_vfs->DropEqualWrites(true);
    absl::StatusOr<Recovered> recovered = store_->Recover(now);
    current_vfs->DropEqualWrites(false);
    return recovered;
  }
};

// Goes on writing the log as it finds it.
class TrustingStore final : public WrongStore {
 public:
  using WrongStore::WrongStore;
  absl::StatusOr<Recovered> Recover(absl::Time now) override {
    skip_checkpoints = true;
    current_vfs->DropEqualWrites(true);
    absl::StatusOr<Recovered> recovered = store_->Recover(now);
    skip_checkpoints = false;
    current_vfs->DropEqualWrites(false);
    return recovered;
  }
};

template <typename Wrong>
StoreOr OpenWrong(const std::string& dir) {
  StoreOr store = OpenStoreThatCheckpointsOften(dir);
  if (!store.ok()) return store;
  return std::make_unique<Wrong>(*std::move(store));
}

// Until the power goes out. After a failed write the store is recovered, as the engine does it.
void Work(CrashDriver& driver, FaultVfs& vfs, std::mt19937_64& random) {
  while (!vfs.power_is_off()) {
    absl::Status status;
    const uint64_t kind = random() % 12;
    if (kind < 2) {
      status = driver.Tidy().status();
    } else if (kind == 2) {
      const JobNumber newest = driver.acknowledged().next_job();
      status = driver.Prune(TimeOfJob(newest - 2 - static_cast<JobNumber>(random() % 8)));
    } else if (kind < 6) {
      driver.StepBackup();
    } else {
      LifeStep step = RandomStep(driver.acknowledged(), random);
      status = driver.Apply(std::move(step.records), std::move(step.events));
    }
    if (status.ok() || vfs.power_is_off()) continue;
    // Often the power goes out while the failure is being repaired.
    if (random() % 2 == 0) vfs.CutPowerAt(1 + static_cast<int64_t>(random() % 20));
    (void)driver.Recover();
  }
}

constexpr int kCutsPerStore = 5;

int finished_backups = 0;

// Cuts the power of one store again and again; "" or what was lost.
std::string CutPowerRepeatedly(uint64_t seed, const CrashDriver::OpenStore& open) {
  FaultVfs vfs(seed);
  current_vfs = &vfs;
  std::mt19937_64 random(seed);
  CrashDriver driver(vfs, open);
  for (int cut = 0; cut < kCutsPerStore; ++cut) {
    vfs.CutPowerAt(1 + static_cast<int64_t>(random() % 200));
    if (random() % 2 == 0) vfs.FailSyncAt(1 + static_cast<int64_t>(random() % 15));
    if (driver.Recover().ok() || !vfs.power_is_off()) Work(driver, vfs, random);
    driver.CutAndRestorePower();
    const absl::Status status = driver.Recover();
    if (!status.ok()) return absl::StrCat("cannot start: ", status.ToString());
    if (!driver.violations().empty()) return driver.violations().front();
    const std::string integrity = driver.IntegrityCheck();
    if (integrity != "ok") return integrity;
  }
  driver.CheckBackups();
  finished_backups += driver.finished_backups();
  return driver.violations().empty() ? "" : driver.violations().front();
}

// How many of the stores lost something.
int CountLosses(int stores, const CrashDriver::OpenStore& open) {
  int losses = 0;
  std::string first;
  for (int seed = 1; seed <= stores; ++seed) {
    const std::string lost = CutPowerRepeatedly(static_cast<uint64_t>(seed), open);
    if (lost.empty()) continue;
    if (++losses == 1) first = absl::StrCat("seed ", seed, ": ", lost);
  }
  std::printf("%d of %d stores lost something %s\n", losses, stores, first.c_str());
  return losses;
}

TEST(PowerCutTest, NothingAcknowledgedIsLost) {
  constexpr uint64_t kStores = 60;
  for (uint64_t seed = 1; seed <= kStores; ++seed) {
    EXPECT_EQ(CutPowerRepeatedly(seed, OpenStoreThatCheckpointsOften), "") << "seed " << seed;
  }
  std::printf("%d power cuts, %d whole backups\n", static_cast<int>(kStores) * kCutsPerStore,
              finished_backups);
  EXPECT_GT(finished_backups, 0);
}

TEST(PowerCutTest, TheHarnessNoticesCommitsThatAreNotSynced) {
  EXPECT_GT(CountLosses(10, OpenWrong<NormalSyncStore>), 0);
}

TEST(PowerCutTest, TheHarnessNoticesAcknowledgingBeforeTheCommit) {
  EXPECT_GT(CountLosses(10, OpenWrong<HastyStore>), 0);
}

TEST(PowerCutTest, TheHarnessNoticesARecoveryThatGoesOnInTheLogAsItIs) {
  EXPECT_GT(CountLosses(40, OpenWrong<TrustingStore>), 0);
}

TEST(PowerCutTest, TheHarnessNoticesARecoveryThatDoesNotWriteTheLogAgain) {
  EXPECT_GT(CountLosses(60, OpenWrong<BelievingStore>), 0);
}

}  // namespace
}  // namespace lull
