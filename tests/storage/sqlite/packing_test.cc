// Round trips of all fields are in the conformance suite; here is what the packed form promises
// beside that.
#include "storage/sqlite/packing.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/storage/sample_records.h"

namespace lull {
namespace {

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
  }
  EXPECT_LT(PackEvents(events).size(), 13 * events.size());
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
