#include "server/reads/read_pool.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "gtest/gtest.h"
#include "server/api/error_details.h"

namespace lull {
namespace {

// A reader that fails as it is told.
class ScriptedReader final : public JobReader {
 public:
  explicit ScriptedReader(absl::Status status) : status_(std::move(status)) {}
  absl::StatusOr<Found> FindJob(const JobId&) override {
    if (!status_.ok()) return status_;
    return Found{1, "t"};
  }
  absl::StatusOr<std::shared_ptr<const JobSpec>> ReadSpec(JobNumber, bool) override {
    return status_;
  }
  absl::StatusOr<JobEnded> ReadEnded(JobNumber, bool) override { return status_; }
  absl::StatusOr<std::vector<NumberedEvent>> ReadEvents(EventNumber, int) override {
    return status_;
  }
  absl::StatusOr<EventRange> ReadEventRange() override { return status_; }
  absl::StatusOr<std::vector<Identity>> ReadIdentities(absl::Span<const JobNumber>) override {
    return status_;
  }
  absl::StatusOr<Page> QueryJobs(const Query&) override { return status_; }
  absl::StatusOr<std::vector<UsageAdded>> ReadUsage(const UsageQuery&) override { return status_; }
  absl::StatusOr<std::vector<JobLine>> ListJobs(JobNumber, JobNumber, int) override {
    return status_;
  }

 private:
  const absl::Status status_;
};

// A store of readers only: the n-th opened one answers with the n-th status, later ones with the
// last.
class ReaderStore final : public JobStore {
 public:
  explicit ReaderStore(std::vector<absl::Status> statuses) : statuses_(std::move(statuses)) {}
  absl::StatusOr<std::unique_ptr<JobReader>> OpenReader() override {
    const size_t n = static_cast<size_t>(opened_++);
    return std::make_unique<ScriptedReader>(statuses_[std::min(n, statuses_.size() - 1)]);
  }
  int opened() const { return opened_; }

  absl::StatusOr<Recovered> Recover(absl::Time) override { return Unused(); }
  absl::StatusOr<Committed> FindCommitted() override { return Unused(); }
  absl::Status LoadLive(absl::FunctionRef<void(LiveState)>) override { return Unused(); }
  absl::Status LoadKeys(absl::FunctionRef<void(const KeyAdded&)>) override { return Unused(); }
  absl::Status LoadSmallStates(absl::FunctionRef<void(const SmallState&)>) override {
    return Unused();
  }
  absl::Status ApplyGroup(const Group&) override { return Unused(); }
  absl::StatusOr<bool> Tidy() override { return Unused(); }
  absl::StatusOr<bool> Prune(const Retention&, absl::Time) override { return Unused(); }
  absl::StatusOr<std::unique_ptr<StoreBackup>> StartBackup(const std::string&) override {
    return Unused();
  }
  std::unique_ptr<StoreCheck> CheckDue() override { return nullptr; }
  Stats GetStats() const override { return {}; }

 private:
  static absl::Status Unused() { return absl::UnimplementedError("not part of this test"); }
  const std::vector<absl::Status> statuses_;
  std::atomic<int> opened_{0};
};

// Holds whoever waits until it is opened.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    opened_.SignalAll();
  }
  void Await() {
    MutexLock lock(mutex_);
    while (!open_) opened_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar opened_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

absl::Status Find(PoolReader& reader) {
  return reader.Do([](JobReader& store) { return store.FindJob(JobId()); }).status();
}

TEST(PoolReader, IsOpenedOnceAndKept) {
  ReaderStore store({absl::OkStatus()});
  PoolReader reader(&store);
  EXPECT_EQ(store.opened(), 0);
  EXPECT_TRUE(Find(reader).ok());
  EXPECT_TRUE(Find(reader).ok());
  EXPECT_EQ(store.opened(), 1);
}

TEST(PoolReader, AMissingJobIsNoReasonToOpenAgain) {
  ReaderStore store({absl::NotFoundError("no job")});
  PoolReader reader(&store);
  EXPECT_TRUE(absl::IsNotFound(Find(reader)));
  EXPECT_TRUE(absl::IsNotFound(Find(reader)));
  EXPECT_EQ(store.opened(), 1);
}

TEST(PoolReader, TriesOnceMoreWithAFreshOneAfterUnavailable) {
  ReaderStore store({absl::UnavailableError("recovered under me"), absl::OkStatus()});
  PoolReader reader(&store);
  EXPECT_TRUE(Find(reader).ok());
  EXPECT_EQ(store.opened(), 2);
}

TEST(PoolReader, GivesUpAfterTheSecondTime) {
  ReaderStore store({absl::UnavailableError("disk")});
  PoolReader reader(&store);
  EXPECT_TRUE(absl::IsUnavailable(Find(reader)));
  EXPECT_EQ(store.opened(), 2);
}

TEST(PoolReader, DamageIsNotRetriedButTheNextReadOpensAgain) {
  ReaderStore store({absl::DataLossError("damaged"), absl::OkStatus()});
  PoolReader reader(&store);
  EXPECT_TRUE(absl::IsDataLoss(Find(reader)));
  EXPECT_EQ(store.opened(), 1);
  EXPECT_TRUE(Find(reader).ok());
  EXPECT_EQ(store.opened(), 2);
}

TEST(ReadPool, RefusesBeyondItsQueueButRunsWhatIsOwed) {
  ReaderStore store({absl::OkStatus()});
  ReadPool pool(&store, 1, 2);
  Gate gate, started;
  std::atomic<int> ran{0};
  ASSERT_TRUE(pool.Read([&](PoolReader&) {
                    started.Open();
                    gate.Await();
                    ++ran;
                  })
                  .ok());
  started.Await();  // the thread is busy, the queue is empty
  EXPECT_TRUE(pool.Read([&](PoolReader&) { ++ran; }).ok());
  EXPECT_TRUE(pool.Read([&](PoolReader&) { ++ran; }).ok());
  const absl::Status refused = pool.Read([&](PoolReader&) { ran += 100; });
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_NE(refused.message().find("at most 2 may wait"), absl::string_view::npos);
  EXPECT_EQ(ToRpcStatus(refused).details_size(), 2) << "ErrorInfo and RetryInfo";
  pool.Run([&](PoolReader&) { ++ran; });
  EXPECT_EQ(pool.queued(), 3);
  gate.Open();
  pool.Stop();
  EXPECT_EQ(ran, 4);
}

TEST(ReadPool, AfterStopNothingIsReadAndWhatIsOwedRunsAtOnce) {
  ReaderStore store({absl::OkStatus()});
  ReadPool pool(&store, 2, 10);
  pool.Stop();
  EXPECT_TRUE(absl::IsUnavailable(pool.Read([](PoolReader&) { FAIL(); })));
  bool ran = false;
  const std::thread::id here = std::this_thread::get_id();
  pool.Run(
      [&](PoolReader& reader) { ran = Find(reader).ok() && std::this_thread::get_id() == here; });
  EXPECT_TRUE(ran);
}

TEST(ReadPool, ManyThreadsPostAndEveryTaskRunsOnce) {
  ReaderStore store({absl::OkStatus()});
  std::atomic<int> ran{0};
  std::atomic<int> accepted{0};
  {
    ReadPool pool(&store, 3, 50);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n) {
          accepted += pool.Read([&](PoolReader&) { ++ran; }).ok();
          pool.Run([&](PoolReader&) { ++ran; });
          ++accepted;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(ran, accepted);
  EXPECT_GE(ran, 4000);
}

}  // namespace
}  // namespace lull
