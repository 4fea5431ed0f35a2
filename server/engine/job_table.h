// The entries of all live jobs, by slot, and where a job's number stands. Owned by the engine, on
// its thread. Addresses of entries stay while the table is there; slots are reused.
#ifndef LULL_SERVER_ENGINE_JOB_TABLE_H_
#define LULL_SERVER_ENGINE_JOB_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/engine/dense_table.h"
#include "server/engine/live_job.h"
#include "server/scheduler/indexed_heap.h"
#include "storage/record.h"

namespace lull {

class JobTable {
 public:
  // An entry with this number and nothing else. The number is in no other.
  JobSlot Add(JobNumber number) {
    const JobSlot slot = TakeSlot();
    (*this)[slot].number = number;
    places_.Insert({HashOf(number), slot + 1});
    return slot;
  }

  void Remove(JobSlot slot) {
    places_.Erase(FindPlace((*this)[slot].number));
    (*this)[slot] = LiveJob();
    free_.push_back(slot);
  }

  // Around the jobs of a start.
  void StartLoad() { places_.StartLoad(); }
  void FinishLoad() { places_.FinishLoad(); }

  // nullopt: the job is not live.
  std::optional<JobSlot> Find(JobNumber number) const {
    const Place* place = const_cast<JobTable*>(this)->FindPlace(number);
    if (place == nullptr) return std::nullopt;
    return place->next_slot - 1;
  }

  LiveJob& operator[](JobSlot slot) { return blocks_[slot / kBlock][slot % kBlock]; }
  const LiveJob& operator[](JobSlot slot) const { return blocks_[slot / kBlock][slot % kBlock]; }
  size_t size() const { return places_.size(); }

 private:
  static constexpr size_t kBlock = 4096;

  // The number itself stands in the job's entry.
  struct Place {
    uint32_t number_hash = 0;
    uint32_t next_slot = 0;  // slot + 1; 0: empty
    uint32_t hash() const { return number_hash; }
    bool empty() const { return next_slot == 0; }
  };

  // Different for any 2^32 numbers in a row. (The last steps of MurmurHash3.)
  static uint32_t HashOf(JobNumber number) {
    uint32_t hash = static_cast<uint32_t>(number);
    hash = (hash ^ hash >> 16) * 0x85ebca6bU;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
    return hash ^ hash >> 16;
  }

  Place* FindPlace(JobNumber number) {
    const uint32_t hash = HashOf(number);
    return places_.Find(hash, [&](const Place& place) {
      return place.number_hash == hash && (*this)[place.next_slot - 1].number == number;
    });
  }

  JobSlot TakeSlot() {
    if (!free_.empty()) {
      const JobSlot slot = free_.back();
      free_.pop_back();
      return slot;
    }
    if (slots_ % kBlock == 0) blocks_.push_back(std::make_unique<LiveJob[]>(kBlock));
    return slots_++;
  }

  std::vector<std::unique_ptr<LiveJob[]>> blocks_;
  JobSlot slots_ = 0;  // ever given out
  std::vector<JobSlot> free_;
  DenseTable<Place> places_;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_JOB_TABLE_H_
