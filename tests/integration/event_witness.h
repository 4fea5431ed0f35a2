// The store's own log of events as a witness: what everybody who followed some jobs has to have
// been told, once and in order.
#ifndef LULL_TESTS_INTEGRATION_EVENT_WITNESS_H_
#define LULL_TESTS_INTEGRATION_EVENT_WITNESS_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/integration/event_follower.h"
#include "tests/integration/store_dump.h"

namespace lull {

// Events of the followed jobs as followers digest them, in the order of their numbers.
struct EventWitness {
  std::vector<int64_t> seqs;
  std::vector<std::string> job_ids;
  std::vector<uint64_t> digests;
  int64_t jobs = 0;   // that are followed and stored
  int64_t ended = 0;  // of these
  // Numbers of events of jobs that were deleted: watchers may have been told them, or not.
  std::unordered_set<int64_t> of_deleted;
};

// Jobs that were created with this label are followed. Fails the test where the log itself has a
// gap, or an event after a job's terminal one.
EventWitness WitnessOf(const StoreDump& dump, const std::string& label, const std::string& value);

// What a follower has to have been told: all of it if it began with the log; with a snapshot, all
// after its number but what the snapshot's jobs had taken in already. Fails the test otherwise.
// A follower that keeps digests may also have been told events of deleted jobs.
void CheckFollower(const EventFollower& follower, const EventWitness& witness);

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_EVENT_WITNESS_H_
