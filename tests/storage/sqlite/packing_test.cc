// Round trips of all fields are in the conformance suite; here is what the packed form promises
// beside that.
#include "storage/sqlite/packing.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "storage/sqlite/event_packing.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

std::string PackAttempts(absl::Span<const Attempt> attempts) {
  return std::string(AttemptPacker().Pack(attempts));
}

TEST(PackingTest, APackerKeepsNothingOfTheListBefore) {
  AttemptPacker packer;
  packer.Pack({SampleAttempt(1), SampleAttempt(2)});
  const std::vector<Attempt> defaults(1);
  EXPECT_EQ(packer.Pack(defaults), PackAttempts(defaults));
  EXPECT_TRUE(*UnpackAttempts(packer.Pack(defaults)) == defaults);
}

TEST(PackingTest, EmptyListsAreNoBytes) {
  EXPECT_EQ(PackAttempts({}), "");
  EXPECT_EQ(PackLabels({}), "");
  EXPECT_EQ(PackTags({}), "");
  EXPECT_EQ(PackEvents({}), "");
  EXPECT_EQ(PackKeys({}), "");
  EXPECT_TRUE(UnpackAttempts("")->empty());
  EXPECT_TRUE(UnpackLabels("")->empty());
  EXPECT_TRUE(UnpackTags("")->empty());
}

TEST(PackingTest, AnEventOfABusyCommitTakesFewBytes) {
  std::vector<Event> events(1000);
  for (size_t i = 0; i < events.size(); ++i) {
    events[i].job = 5000000 + static_cast<JobNumber>(i);
    events[i].kind = EventKind::kStarted;
    events[i].state = JobState::kRunning;
    events[i].lease = 3;
    events[i].time = SampleTime() + absl::Microseconds(i);
    events[i].upstream = "deepseek-official-chat";
    events[i].tenant = "a tenant of some length";
    events[i].class_name = i % 2 == 0 ? "interactive" : "batch";
    events[i].attempt_number = 1;
    events[i].worker = "worker-host-17";
  }
  EXPECT_LT(PackEvents(events).size(), 16 * events.size());
}

TEST(PackingTest, WhatFewEventsHaveCostsTheOthersNothing) {
  std::vector<Event> events(100);
  const size_t plain = PackEvents(events).size();
  events[50].retry_delay = absl::Seconds(1);
  events[50].error = {14, "BUSY", "try later"};
  events[50].cancel_cause = CancelCause::kUser;
  EXPECT_LT(PackEvents(events).size(), plain + 40);
}

TEST(PackingTest, EventsOfTheFirstVersionAreRead) {
  // The lists of fields 1 to 8 only: job 5, created, pending, at 2 us, and job 6, started, running,
  // lease 1, at 3 us, by "up".
  const std::string packed(
      "\x0a\x02\x05\x06\x12\x02\x01\x02\x1a\x02\x01\x02\x22\x02\x00\x01"
      "\x2a\x02\x00\x00\x32\x02\x00\x02\x3a\x02\x00\x01\x42\x00\x42\x02up\x48\x02",
      36);
  const auto events = UnpackEvents(packed);
  ASSERT_TRUE(events.ok()) << events.status();
  std::vector<Event> expected(2);
  expected[0].job = 5;
  expected[0].time = absl::FromUnixMicros(2);
  expected[1].job = 6;
  expected[1].kind = EventKind::kStarted;
  expected[1].state = JobState::kRunning;
  expected[1].lease = 1;
  expected[1].time = absl::FromUnixMicros(3);
  expected[1].upstream = "up";
  EXPECT_TRUE(*events == expected);
}

TEST(PackingTest, BytesThatWereNeverPackedAreDataLoss) {
  const std::string garbage(100, '\xff');
  EXPECT_EQ(UnpackAttempts(garbage).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(UnpackLabels(garbage).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(UnpackTags(garbage).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(UnpackEvents(garbage).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(UnpackKeys(garbage).status().code(), absl::StatusCode::kDataLoss);
}

TEST(PackingTest, AnUnknownEnumValueIsDataLoss) {
  Attempt attempt = SampleAttempt(1);
  attempt.outcome = static_cast<Outcome>(200);
  EXPECT_EQ(UnpackAttempts(PackAttempts({attempt})).status().code(), absl::StatusCode::kDataLoss);
  Event event;
  event.kind = static_cast<EventKind>(0);
  EXPECT_EQ(UnpackEvents(PackEvents({event})).status().code(), absl::StatusCode::kDataLoss);
}

TEST(PackingTest, ListsOfUnequalLengthAreDataLoss) {
  Event event;
  std::string packed = PackEvents({event});
  ASSERT_TRUE(UnpackEvents(packed).ok());
  const std::string one_more_job = std::string("\x0a\x01\x05", 3);  // field 1, packed, one varint
  EXPECT_EQ(UnpackEvents(packed + one_more_job).status().code(), absl::StatusCode::kDataLoss);
  const KeyAdded key;
  const std::string keys = PackKeys({&key});
  ASSERT_TRUE(UnpackKeys(keys).ok());
  const std::string one_more_key_job = std::string("\x22\x01\x05", 3);  // field 4
  EXPECT_EQ(UnpackKeys(keys + one_more_key_job).status().code(), absl::StatusCode::kDataLoss);
}

TEST(PackingTest, AnOddNumberOfLabelTextsIsDataLoss) {
  const std::string one_text = std::string("\x0a\x01k", 3);
  EXPECT_EQ(UnpackLabels(one_text).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace lull
