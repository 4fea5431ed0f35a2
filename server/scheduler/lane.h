// A lane is a set of waiting jobs for which every gate answers alike, so that a closed gate holds
// the whole lane and nothing else. Within a lane jobs go by rank: the time since they are ready,
// less a boost for their priority, so ageing needs no writes. Jobs near their deadline stand in
// `urgent` and go first, earliest deadline first.
#ifndef LULL_SERVER_SCHEDULER_LANE_H_
#define LULL_SERVER_SCHEDULER_LANE_H_

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/scheduler/indexed_heap.h"
#include "storage/record.h"

namespace lull {

using LaneIndex = uint32_t;

struct LaneKey {
  int class_index = 0;
  int route = 0;                           // route group
  std::vector<std::string> required_tags;  // sorted
  RunWhen run_when = RunWhen::kClassDefault;
  std::string tenant;
  uint32_t avoid = 0;  // bit i: not to the route group's i-th member

  friend bool operator==(const LaneKey& a, const LaneKey& b) {
    return a.class_index == b.class_index && a.route == b.route && a.avoid == b.avoid &&
           a.run_when == b.run_when && a.tenant == b.tenant && a.required_tags == b.required_tags;
  }
  template <typename H>
  friend H AbslHashValue(H h, const LaneKey& key) {
    return H::combine(std::move(h), key.class_index, key.route, key.required_tags,
                      static_cast<int>(key.run_when), key.tenant, key.avoid);
  }
};

struct Lane {
  LaneKey key;
  IndexedHeap ready;   // by rank, microseconds
  IndexedHeap urgent;  // by deadline, microseconds
  int64_t jobs = 0;    // also those that stand in the delayed heap; a lane without jobs is recycled
  int64_t backing_off = 0;  // those of them that stand there after a failed attempt
  bool listed = false;      // in its class's list of lanes with something to run
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_LANE_H_
