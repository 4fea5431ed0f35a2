// A binary min-heap of (key, slot) that knows where each slot stands, so that any of them can
// leave: a job that ends is gone from every queue at once, and nothing stale piles up. The places
// are kept outside, one array for many heaps, since a slot stands in one heap of a family at a
// time.
#ifndef LULL_SERVER_SCHEDULER_INDEXED_HEAP_H_
#define LULL_SERVER_SCHEDULER_INDEXED_HEAP_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lull {

using JobSlot =
    uint32_t;  // where a live job stands in the engine's table; reused after the job ends

// Place of a slot in its heap; kNowhere if it is in none.
class HeapPlaces {
 public:
  static constexpr uint32_t kNowhere = UINT32_MAX;
  uint32_t Get(JobSlot slot) const { return slot < places_.size() ? places_[slot] : kNowhere; }
  void Set(JobSlot slot, uint32_t place) {
    if (slot >= places_.size()) places_.resize(slot + 1, kNowhere);
    places_[slot] = place;
  }

 private:
  std::vector<uint32_t> places_;
};

class IndexedHeap {
 public:
  struct [[gnu::packed]] Item {  // 12 bytes instead of 16, for each waiting job twice
    int64_t key;
    JobSlot slot;
    // Ties go by slot, so that the order is the same in every run.
    friend bool operator<(const Item& a, const Item& b) {
      return a.key != b.key ? a.key < b.key : a.slot < b.slot;
    }
  };

  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  const Item& top() const { return items_.front(); }

  // `slot` is in no heap of this family.
  void Push(HeapPlaces& places, int64_t key, JobSlot slot) {
    items_.push_back({key, slot});
    Up(places, items_.size() - 1);
  }

  // `slot` is in this heap.
  void Remove(HeapPlaces& places, JobSlot slot) {
    const size_t place = places.Get(slot);
    places.Set(slot, HeapPlaces::kNowhere);
    const Item last = items_.back();
    items_.pop_back();
    if (place == items_.size()) return;
    items_[place] = last;
    places.Set(last.slot, static_cast<uint32_t>(place));
    Up(places, place);
    Down(places, places.Get(last.slot));
  }

  JobSlot Pop(HeapPlaces& places) {
    const JobSlot slot = items_.front().slot;
    Remove(places, slot);
    return slot;
  }

 private:
  void Up(HeapPlaces& places, size_t place) {
    const Item item = items_[place];
    while (place > 0) {
      const size_t parent = (place - 1) / 2;
      if (!(item < items_[parent])) break;
      items_[place] = items_[parent];
      places.Set(items_[place].slot, static_cast<uint32_t>(place));
      place = parent;
    }
    items_[place] = item;
    places.Set(item.slot, static_cast<uint32_t>(place));
  }

  void Down(HeapPlaces& places, size_t place) {
    const Item item = items_[place];
    while (true) {
      size_t child = 2 * place + 1;
      if (child >= items_.size()) break;
      if (child + 1 < items_.size() && items_[child + 1] < items_[child]) ++child;
      if (!(items_[child] < item)) break;
      items_[place] = items_[child];
      places.Set(items_[place].slot, static_cast<uint32_t>(place));
      place = child;
    }
    items_[place] = item;
    places.Set(item.slot, static_cast<uint32_t>(place));
  }

  std::vector<Item> items_;
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_INDEXED_HEAP_H_
