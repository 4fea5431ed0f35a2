#include "server/watch/event_ring.h"

#include <gtest/gtest.h>

#include <string>

namespace lull {
namespace {

Group GroupOf(EventNumber first, int events) {
  Group group;
  group.first_event = first;
  group.events.resize(static_cast<size_t>(events));
  return group;
}

TEST(EventRing, GivesTheChunksFromANumberOn) {
  EventRing ring({});
  ring.Add(GroupOf(5, 3));
  ring.Add(GroupOf(8, 0));
  ring.Add(GroupOf(8, 1));
  ring.Add(GroupOf(9, 4));
  EXPECT_TRUE(ring.From(4, 100).empty());
  EXPECT_TRUE(ring.From(13, 100).empty());
  EXPECT_EQ(ring.From(5, 100).size(), 3u);
  EXPECT_EQ(ring.From(7, 100).size(), 3u);
  EXPECT_EQ(ring.From(7, 1).size(), 1u);
  EXPECT_EQ(ring.From(7, 2).size(), 2u);
  ASSERT_EQ(ring.From(12, 100).size(), 1u);
  EXPECT_EQ(ring.From(12, 100)[0]->first(), 9);
  EXPECT_EQ(ring.From(12, 100)[0]->end(), 13);
}

TEST(EventRing, DropsTheOldestBeyondItsNumber) {
  EventRing::Limits limits;
  limits.max_events = 10;
  EventRing ring(limits);
  for (EventNumber first = 1; first <= 100; first += 4) ring.Add(GroupOf(first, 4));
  EXPECT_EQ(ring.range().first, 93);
  EXPECT_EQ(ring.range().end, 101);
  ring.Add(GroupOf(101, 50));  // larger than all: still there, alone
  EXPECT_EQ(ring.range().first, 101);
  EXPECT_EQ(ring.range().end, 151);
}

TEST(EventRing, DropsTheOldestBeyondItsBytes) {
  EventRing::Limits limits;
  limits.max_bytes = 1 << 20;
  EventRing ring(limits);
  for (EventNumber first = 1; first <= 1000; ++first) {
    Group group = GroupOf(first, 1);
    group.events[0].error.message = std::string(10'000, 'x');
    ring.Add(group);
  }
  EXPECT_LE(ring.range().bytes, limits.max_bytes);
  EXPECT_GT(ring.range().bytes, limits.max_bytes / 2);
  EXPECT_EQ(ring.range().end, 1001);
}

TEST(EventRing, BeginsAnewAfterNumbersThatItWasNotTold) {
  EventRing ring({});
  ring.Add(GroupOf(1, 3));
  ring.Add(GroupOf(6, 2));
  EXPECT_EQ(ring.range().first, 6);
  EXPECT_TRUE(ring.From(3, 100).empty());
  ring.Clear();
  EXPECT_EQ(ring.range().end, 0);
  EXPECT_EQ(ring.range().bytes, 0);
}

}  // namespace
}  // namespace lull
