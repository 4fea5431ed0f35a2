#include "server/scheduler/indexed_heap.h"

#include <random>
#include <set>
#include <utility>

#include "gtest/gtest.h"

namespace lull {
namespace {

// Against a std::set, over random pushes, pops and removals.
TEST(IndexedHeapTest, GivesTheSmallestWhateverLeaves) {
  std::mt19937 random(7);
  IndexedHeap heap;
  HeapPlaces places;
  std::set<std::pair<int64_t, JobSlot>> model;
  std::vector<int64_t> key_of(200, -1);
  for (int i = 0; i < 20000; ++i) {
    const JobSlot slot = random() % 200;
    if (key_of[slot] < 0) {
      key_of[slot] = random() % 50;
      heap.Push(places, key_of[slot], slot);
      model.emplace(key_of[slot], slot);
    } else if (random() % 2 == 0) {
      heap.Remove(places, slot);
      model.erase({key_of[slot], slot});
      key_of[slot] = -1;
    } else {
      const JobSlot top = heap.Pop(places);
      ASSERT_EQ(top, model.begin()->second);
      model.erase(model.begin());
      key_of[top] = -1;
    }
    ASSERT_EQ(heap.size(), model.size());
    if (!model.empty()) {
      ASSERT_EQ(heap.top().slot, model.begin()->second);
    }
  }
}

TEST(IndexedHeapTest, SlotThatLeftIsNowhere) {
  IndexedHeap heap;
  HeapPlaces places;
  EXPECT_EQ(places.Get(3), HeapPlaces::kNowhere);
  heap.Push(places, 1, 3);
  EXPECT_NE(places.Get(3), HeapPlaces::kNowhere);
  heap.Pop(places);
  EXPECT_EQ(places.Get(3), HeapPlaces::kNowhere);
}

}  // namespace
}  // namespace lull
