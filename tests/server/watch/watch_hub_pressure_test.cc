// A WatchHub that is out of bytes, and one whose engine had to recover.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "server/watch/watch_hub.h"
#include "tests/server/watch/event_log.h"
#include "tests/server/watch/hub_reader.h"
#include "tests/testing/fake_clock.h"

namespace lull {
namespace {

class WatchHubPressureTest : public testing::Test {
 protected:
  // A message with answers is on its way and is not taken: what others with answers may have is
  // used up.
  void SetUp() override {
    options_.max_bytes_in_flight = 1;
    hub_ = std::make_unique<WatchHub>(options_, &log_.store(), nullptr, &clock_);
    holder_ = NewReader();
    holder_->SetAsleep(true);
    ASSERT_TRUE(holder_->Watch(WithAnswers()).ok());
    Commit();
    ASSERT_TRUE(holder_->AwaitMessage());
    starved_ = NewReader();
    ASSERT_TRUE(starved_->Watch(WithAnswers()).ok());
  }
  void TearDown() override {
    for (const auto& reader : readers_) reader->Close();
    EXPECT_EQ(hub_->GetStats().watchers, 0);
    EXPECT_EQ(hub_->GetStats().bytes_in_flight, 0);
  }

  std::shared_ptr<HubReader> NewReader() {
    readers_.push_back(std::make_shared<HubReader>(hub_.get()));
    return readers_.back();
  }
  static WatchOrder WithAnswers() {
    WatchOrder order;
    order.caller.tenant = "default";
    order.create_labels = kOurs;
    order.resume_after = 0;
    order.include_response = true;
    return order;
  }
  // One event.
  void Commit() {
    log_.Create(kOurs);
    hub_->OnCommitted(log_.Commit(false));
  }
  // Watchers get their turn one after the other: when this one has been told, so has, or would
  // have been, who began before.
  void AwaitAPlainReader(size_t events) {
    const auto plain = NewReader();
    ASSERT_TRUE(plain->Watch(EventNumber{0}).ok());
    EXPECT_TRUE(plain->AwaitCount(events)) << "without answers it needs none of these bytes";
  }

  FakeClock clock_;
  EventLog log_;
  WatchHub::Options options_;
  std::unique_ptr<WatchHub> hub_;
  std::vector<std::shared_ptr<HubReader>> readers_;
  std::shared_ptr<HubReader> holder_;
  std::shared_ptr<HubReader> starved_;
};

TEST_F(WatchHubPressureTest, WhoWantsAnswersWaitsUntilOthersAreTakenAndLosesNothing) {
  AwaitAPlainReader(1);
  for (int i = 0; i < 9; ++i) Commit();
  AwaitAPlainReader(10);
  EXPECT_EQ(starved_->messages(), 0);
  holder_->SetAsleep(false);
  for (const auto& reader : {holder_, starved_}) {
    EXPECT_TRUE(reader->AwaitCount(10));
    EXPECT_EQ(reader->numbers(), (std::vector<EventNumber>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  }
}

// However few events wait: the bytes are others' too.
TEST_F(WatchHubPressureTest, WhoHoldsTheBytesIsCutOff) {
  AwaitAPlainReader(1);
  EXPECT_EQ(starved_->messages(), 0);
  clock_.Advance(options_.patience * 2);
  ASSERT_TRUE(holder_->AwaitEnd());
  EXPECT_TRUE(absl::IsResourceExhausted(holder_->status())) << holder_->status();
  EXPECT_EQ(hub_->GetStats().cut_off, 1);
  holder_->Close();
  EXPECT_TRUE(starved_->AwaitCount(1));
}

TEST_F(WatchHubPressureTest, WhoStarvesMayGoAway) {
  AwaitAPlainReader(1);
  starved_->Close();
  holder_->SetAsleep(false);
  EXPECT_TRUE(holder_->AwaitCount(1));
  EXPECT_EQ(starved_->messages(), 0);
}

TEST_F(WatchHubPressureTest, StoppingEndsWhoStarves) {
  AwaitAPlainReader(1);
  hub_->Stop();
  EXPECT_TRUE(starved_->AwaitEnd());
  EXPECT_TRUE(absl::IsUnavailable(starved_->status())) << starved_->status();
}

// ---- failed commits

class WatchHubRecoveryTest : public testing::Test {
 protected:
  FakeClock clock_;
  EventLog log_;
  WatchHub hub_{WatchHub::Options(), &log_.store(), nullptr, &clock_};
};

// The commit was reported as failed, and nobody was told of its events; but they are on disk, and
// the next have the numbers after them.
TEST_F(WatchHubRecoveryTest, EventsOfACommitThatSeemedToFailAreToldAfterTheRecovery) {
  auto reader = std::make_shared<HubReader>(&hub_);
  ASSERT_TRUE(reader->Watch(EventNumber{0}).ok());
  log_.Create(kOurs);
  hub_.OnCommitted(log_.Commit(false));
  ASSERT_TRUE(reader->AwaitCount(1));  // it has nothing more to do, and rests
  log_.Create(kOurs);
  log_.Create(kOurs);
  log_.Commit(false);
  hub_.OnRecovered();
  EXPECT_TRUE(reader->AwaitCount(3)) << "the recovery wakes it";
  log_.Create(kOurs);
  hub_.OnCommitted(log_.Commit(false));
  EXPECT_TRUE(reader->AwaitCount(4));
  EXPECT_EQ(reader->numbers(), (std::vector<EventNumber>{1, 2, 3, 4}));
  reader->Close();
}

// The same when it is the next commit that wakes the watcher: what the ring has is not what
// follows.
TEST_F(WatchHubRecoveryTest, TheGapBeforeTheNextCommitIsReadFromTheStore) {
  auto reader = std::make_shared<HubReader>(&hub_);
  reader->SetAsleep(true);
  ASSERT_TRUE(reader->Watch(EventNumber{0}).ok());
  log_.Create(kOurs);
  hub_.OnCommitted(log_.Commit(false));
  ASSERT_TRUE(reader->AwaitMessage());
  log_.Create(kOurs);
  log_.Commit(false);
  hub_.OnRecovered();
  log_.Create(kOurs);
  hub_.OnCommitted(log_.Commit(false));
  reader->SetAsleep(false);
  EXPECT_TRUE(reader->AwaitCount(3));
  EXPECT_EQ(reader->numbers(), (std::vector<EventNumber>{1, 2, 3}));
  reader->Close();
}

// A commit that is not on disk leaves no trace: its numbers are given to others.
TEST_F(WatchHubRecoveryTest, ACommitThatIsLostIsNotTold) {
  auto reader = std::make_shared<HubReader>(&hub_);
  ASSERT_TRUE(reader->Watch(EventNumber{0}).ok());
  log_.Create(kOurs);
  hub_.OnCommitted(log_.Commit(false));
  ASSERT_TRUE(reader->AwaitCount(1));
  hub_.OnRecovered();
  const JobNumber job = log_.Create(kOurs);
  hub_.OnCommitted(log_.Commit(false));
  log_.End(job);
  hub_.OnCommitted(log_.Commit(false));
  EXPECT_TRUE(reader->AwaitCount(3));
  EXPECT_EQ(reader->numbers(), (std::vector<EventNumber>{1, 2, 3}));
  reader->Close();
}

}  // namespace
}  // namespace lull
