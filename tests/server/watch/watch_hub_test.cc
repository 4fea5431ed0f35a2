#include "server/watch/watch_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "tests/server/watch/event_log.h"
#include "tests/server/watch/hub_reader.h"
#include "tests/testing/fake_clock.h"

namespace lull {
namespace {

class WatchHubTest : public testing::Test {
 protected:
  std::unique_ptr<WatchHub> NewHub(WatchHub::Options options = {}) {
    return std::make_unique<WatchHub>(options, &log_.store(), nullptr, &clock_);
  }
  // One commit.
  static void Commit(EventLog& log, WatchHub& hub) { hub.OnCommitted(log.Commit(false)); }

  FakeClock clock_;
  EventLog log_;
};

std::vector<EventNumber> UpTo(EventNumber last) {
  std::vector<EventNumber> numbers;
  for (EventNumber number = 1; number <= last; ++number) numbers.push_back(number);
  return numbers;
}

TEST_F(WatchHubTest, EveryReaderGetsEveryEventOnceWhileTheyAreCommitted) {
  auto hub = NewHub();
  std::vector<std::shared_ptr<HubReader>> readers;
  for (int i = 0; i < 8; ++i) {
    readers.push_back(std::make_shared<HubReader>(hub.get()));
    ASSERT_TRUE(readers.back()->Watch(EventNumber{0}).ok());
  }
  for (int i = 0; i < 300; ++i) {
    const JobNumber job = log_.Create(kOurs);
    Commit(log_, *hub);
    log_.Start(job);
    if (i % 3 == 0) Commit(log_, *hub);
    log_.End(job);
    Commit(log_, *hub);
  }
  for (const auto& reader : readers) {
    EXPECT_TRUE(reader->AwaitCount(900));
    EXPECT_EQ(reader->numbers(), UpTo(900));
  }
  for (const auto& reader : readers) reader->Close();
  EXPECT_EQ(hub->GetStats().watchers, 0);
  EXPECT_EQ(hub->GetStats().bytes_in_flight, 0);
}

TEST_F(WatchHubTest, ReadersComeAndGoWhileEventsAreCommitted) {
  auto hub = NewHub();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&hub] {
      EventNumber seen = 0;
      while (seen < 500) {
        auto reader = std::make_shared<HubReader>(hub.get());
        ASSERT_TRUE(reader->Watch(seen).ok());
        ASSERT_TRUE(reader->AwaitCount(1));
        reader->Close();
        for (EventNumber number : reader->numbers()) ASSERT_EQ(number, ++seen);
      }
    });
  }
  for (int i = 0; i < 500; ++i) {
    log_.Create(kOurs);
    Commit(log_, *hub);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(hub->GetStats().watchers, 0);
}

TEST_F(WatchHubTest, ASlowReaderIsCutOffAndResumesAndNobodyElseIsSlowed) {
  WatchHub::Options options;
  options.max_lag = 50;
  auto hub = NewHub(options);
  auto slow = std::make_shared<HubReader>(hub.get());
  auto quick = std::make_shared<HubReader>(hub.get());
  slow->SetAsleep(true);
  ASSERT_TRUE(slow->Watch(EventNumber{0}).ok());
  ASSERT_TRUE(quick->Watch(EventNumber{0}).ok());
  log_.Create(kOurs);
  Commit(log_, *hub);
  ASSERT_TRUE(slow->AwaitMessage());

  for (int i = 0; i < 200; ++i) {
    log_.Create(kOurs);
    Commit(log_, *hub);
  }
  EXPECT_TRUE(quick->AwaitCount(201));
  clock_.Advance(options.patience * 2);
  ASSERT_TRUE(slow->AwaitEnd());
  EXPECT_EQ(slow->status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(hub->GetStats().cut_off, 1);

  // What was on its way when it was cut off still arrives, and after that it goes on.
  slow->SetAsleep(false);
  ASSERT_TRUE(slow->AwaitCount(1));
  const std::vector<EventNumber> first = slow->numbers();
  const auto info = slow->status().GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
  ASSERT_TRUE(info.has_value());
  EXPECT_NE(std::string(*info).find("resume_after"), std::string::npos);
  EXPECT_NE(
      std::string(slow->status().message()).find("resume after " + std::to_string(first.back())),
      std::string::npos)
      << slow->status();
  slow->Close();
  auto again = std::make_shared<HubReader>(hub.get());
  ASSERT_TRUE(again->Watch(first.back()).ok());
  ASSERT_TRUE(again->AwaitCount(201 - first.size()));
  EXPECT_EQ(first.back() + static_cast<EventNumber>(again->numbers().size()), 201);
  EXPECT_EQ(quick->numbers(), UpTo(201));
  again->Close();
  quick->Close();
}

TEST_F(WatchHubTest, AReaderThatNeverReadsHoldsOneMessage) {
  WatchHub::Options options;
  options.events.ring.max_events = 100;
  options.max_lag = 1'000'000;
  auto hub = NewHub(options);
  auto reader = std::make_shared<HubReader>(hub.get());
  reader->SetAsleep(true);
  ASSERT_TRUE(reader->Watch(EventNumber{0}).ok());
  for (int i = 0; i < 3000; ++i) {
    log_.Create(kOurs);
    if (i % 10 == 9) Commit(log_, *hub);
  }
  ASSERT_TRUE(reader->AwaitMessage());
  EXPECT_LE(hub->GetStats().bytes_in_flight, Watcher::kMessageBytes + 1000);
  EXPECT_EQ(hub->GetStats().messages, 1);
  reader->SetAsleep(false);
  ASSERT_TRUE(reader->AwaitCount(3000));
  EXPECT_EQ(reader->numbers(), UpTo(3000));
  reader->Close();
  EXPECT_EQ(hub->GetStats().bytes_in_flight, 0);
}

TEST_F(WatchHubTest, ManySmallCommitsMakeFewMessages) {
  WatchHub::Options options;
  options.pace = absl::Milliseconds(200);
  auto hub = NewHub(options);
  auto reader = std::make_shared<HubReader>(hub.get());
  ASSERT_TRUE(reader->Watch(EventNumber{0}).ok());
  const absl::Duration begin = SystemClock().Now().steady;
  constexpr int kCommits = 300;
  for (int i = 0; i < kCommits; ++i) {
    log_.Create(kOurs);
    Commit(log_, *hub);
  }
  ASSERT_TRUE(reader->AwaitCount(kCommits));
  const absl::Duration took = SystemClock().Now().steady - begin;
  EXPECT_LE(reader->messages(), took / options.pace + 2);
  reader->Close();
}

TEST_F(WatchHubTest, MoreThanMayWatchAreRefused) {
  WatchHub::Options options;
  options.max_watchers = 2;
  auto hub = NewHub(options);
  auto a = std::make_shared<HubReader>(hub.get());
  auto b = std::make_shared<HubReader>(hub.get());
  auto c = std::make_shared<HubReader>(hub.get());
  ASSERT_TRUE(a->Watch(EventNumber{0}).ok());
  ASSERT_TRUE(b->Watch(EventNumber{0}).ok());
  EXPECT_EQ(c->Watch(EventNumber{0}).code(), absl::StatusCode::kResourceExhausted);
  a->Close();
  EXPECT_TRUE(c->Watch(EventNumber{0}).ok());
  b->Close();
  c->Close();
}

TEST_F(WatchHubTest, AnEndThatIsNotTakenIsAborted) {
  WatchHub::Options options;
  options.max_lag = 0;
  auto hub = NewHub(options);
  auto reader = std::make_shared<HubReader>(hub.get());
  reader->SetAsleep(true);
  ASSERT_TRUE(reader->Watch(EventNumber{0}).ok());
  log_.Create(kOurs);
  Commit(log_, *hub);
  ASSERT_TRUE(reader->AwaitMessage());
  log_.Create(kOurs);
  Commit(log_, *hub);
  clock_.Advance(options.patience * 2);
  ASSERT_TRUE(reader->AwaitEnd());
  clock_.Advance(options.end_patience * 2);
  EXPECT_TRUE(reader->AwaitAbort());
  reader->Close();
}

TEST_F(WatchHubTest, StoppingEndsEveryWatchWithWhereToResume) {
  auto hub = NewHub();
  auto reader = std::make_shared<HubReader>(hub.get());
  ASSERT_TRUE(reader->Watch(EventNumber{0}).ok());
  log_.Create(kOurs);
  Commit(log_, *hub);
  ASSERT_TRUE(reader->AwaitCount(1));
  hub->Stop();
  ASSERT_TRUE(reader->AwaitEnd());
  EXPECT_TRUE(absl::IsUnavailable(reader->status()));
  EXPECT_TRUE(absl::IsUnavailable(reader->Watch(EventNumber{0})));
  reader->Close();
}

TEST_F(WatchHubTest, OutputGoesToThoseWhoWatchItAndToNobodyElse) {
  auto hub = NewHub();
  const JobNumber job = log_.Create(kOurs);
  Commit(log_, *hub);
  const JobIdentity who = {log_.IdOf(job), "default", kOurs};
  EXPECT_FALSE(hub->WatchesOutput(job, "default", kOurs));
  WatchOrder order;
  order.caller.tenant = "default";
  order.create_labels = kOurs;
  order.resume_after = 0;
  auto without = std::make_shared<HubReader>(hub.get());
  ASSERT_TRUE(without->Watch(order).ok());
  ASSERT_TRUE(without->AwaitCount(1));
  order.include_output = true;
  auto with = std::make_shared<HubReader>(hub.get());
  ASSERT_TRUE(with->Watch(order).ok());
  ASSERT_TRUE(with->AwaitCount(1));
  EXPECT_TRUE(hub->WatchesOutput(job, "default", kOurs));
  EXPECT_FALSE(hub->WatchesOutput(job, "another", kOurs));
  EXPECT_FALSE(hub->WatchesOutput(job, "default", {}));
  hub->PutOutput(job, who, 1, 0, "data: {}\n\n");
  ASSERT_TRUE(with->AwaitMessages(2));
  log_.End(job);
  Commit(log_, *hub);
  ASSERT_TRUE(with->AwaitCount(2));
  ASSERT_TRUE(without->AwaitCount(2));
  EXPECT_EQ(with->messages(), 3);
  EXPECT_EQ(without->messages(), 2);
  with->Close();
  EXPECT_FALSE(hub->WatchesOutput(job, "default", kOurs));
  without->Close();
}

}  // namespace
}  // namespace lull
