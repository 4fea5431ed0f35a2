// A hash table for millions of small entries: one array with linear probing that is kept between
// two thirds and five sixths full and grows by a quarter. A table that doubles is half empty on
// average at its worst, which with so many entries is the larger part of what a job costs.
//
// Entry: trivially copyable; `uint32_t hash() const`, spread evenly over all its values; `bool
// empty() const`, true of Entry() and of no entry that is inserted. Nothing here depends on what a
// process or a machine is like, and there is no way to iterate.
#ifndef LULL_SERVER_ENGINE_DENSE_TABLE_H_
#define LULL_SERVER_ENGINE_DENSE_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace lull {

template <typename Entry>
class DenseTable {
 public:
  static_assert(std::is_trivially_copyable_v<Entry>);

  // The entry with this hash of which `matches(entry)` is true; nullptr: there is none. Valid until
  // the next Insert or Erase. `matches` sees entries with other hashes, too.
  template <typename Matches>
  Entry* Find(uint32_t hash, const Matches& matches) {
    if (entries_.empty()) return nullptr;
    size_t place = HomeOf(hash);
    while (!entries_[place].empty()) {
      if (matches(entries_[place])) return &entries_[place];
      place = After(place);
    }
    return nullptr;
  }
  template <typename Matches>
  const Entry* Find(uint32_t hash, const Matches& matches) const {
    return const_cast<DenseTable*>(this)->Find(hash, matches);
  }

  // No equal entry is there.
  void Insert(const Entry& entry) {
    if (size_ >= entries_.size() - entries_.size() / 6) Grow();
    Put(entry);
    ++size_;
  }

  // `entry` is what Find gave.
  void Erase(Entry* entry) {
    size_t hole = static_cast<size_t>(entry - entries_.data());
    // Those behind it close up, so that each can still be reached from its home without a gap.
    for (size_t place = After(hole); !entries_[place].empty(); place = After(place)) {
      if (Distance(HomeOf(entries_[place].hash()), place) < Distance(hole, place)) continue;
      entries_[hole] = entries_[place];
      hole = place;
    }
    entries_[hole] = Entry();
    --size_;
  }

  // Around millions of Inserts in a row: between the two it doubles when it grows, a third of the
  // work, and is as dense as ever afterwards.
  void StartLoad() { loading_ = true; }
  void FinishLoad() {
    loading_ = false;
    if (size_ < entries_.size() - entries_.size() / 3)
      Resize(std::max(kSmallest, size_ + size_ / 3));
  }

  size_t size() const { return size_; }

 private:
  static constexpr size_t kSmallest = 16;

  // Rising with the hash: the order survives growing, which so walks both arrays from end to end.
  size_t HomeOf(uint32_t hash) const { return hash * uint64_t{entries_.size()} >> 32; }
  size_t After(size_t place) const { return place + 1 == entries_.size() ? 0 : place + 1; }
  size_t Distance(size_t from, size_t to) const {
    return to >= from ? to - from : to + entries_.size() - from;
  }

  void Put(const Entry& entry) {
    size_t place = HomeOf(entry.hash());
    while (!entries_[place].empty()) place = After(place);
    entries_[place] = entry;
  }

  void Grow() {
    Resize(std::max(kSmallest, entries_.size() + entries_.size() / (loading_ ? 1 : 4)));
  }

  // Larger than what it holds.
  void Resize(size_t places) {
    std::vector<Entry> before(places);
    before.swap(entries_);
    for (const Entry& entry : before) {
      if (!entry.empty()) Put(entry);
    }
  }

  std::vector<Entry> entries_;
  size_t size_ = 0;
  bool loading_ = false;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_DENSE_TABLE_H_
