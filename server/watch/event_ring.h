// The newest committed events, in memory, as one chunk for each commit.
//
// The engine's thread adds; any thread looks. Holds nothing while it is not fed (nobody watches),
// and drops the oldest beyond its bounds: what it does not have is in the store.
#ifndef LULL_SERVER_WATCH_EVENT_RING_H_
#define LULL_SERVER_WATCH_EVENT_RING_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "server/reads/read_pool.h"
#include "server/watch/encoded_events.h"
#include "server/watch/job_identities.h"
#include "storage/record.h"

namespace lull {

// The events of one commit. They are encoded when the first watcher needs them, on its thread; from
// then on only the encoded form is kept.
class EventChunk {
 public:
  EventChunk(EventNumber first, std::vector<Event> events);

  EventNumber first() const { return first_; }
  EventNumber end() const { return end_; }
  int64_t memory() const { return memory_; }  // what it may take, estimated

  // Any thread; the others wait for the first. Errors: the store's; it may be tried again.
  absl::StatusOr<std::shared_ptr<const EncodedEvents>> Encoded(JobIdentities& identities,
                                                               PoolReader& reader);

 private:
  const EventNumber first_;
  const EventNumber end_;
  int64_t memory_ = 0;
  Mutex mutex_;
  std::vector<Event> events_ ABSL_GUARDED_BY(mutex_);  // until they are encoded
  std::shared_ptr<const EncodedEvents> encoded_ ABSL_GUARDED_BY(mutex_);
};

class EventRing {
 public:
  struct Limits {
    int64_t max_events = 65'536;
    int64_t max_bytes = int64_t{64} << 20;
  };
  explicit EventRing(Limits limits) : limits_(limits) {}

  // The events of a group that is on disk. After numbers that never came (they were found on disk
  // by a recovery) the ring begins anew.
  void Add(const Group& group);
  void Clear();

  // What there is from number `from` on, in order, at most about `max_events`; the first chunk has
  // that number in it. Empty: the ring does not have it.
  std::vector<std::shared_ptr<EventChunk>> From(EventNumber from, int64_t max_events) const;

  struct Range {
    EventNumber first = 0;
    EventNumber end = 0;  // equal: empty
    int64_t bytes = 0;
  };
  Range range() const;

 private:
  const Limits limits_;
  mutable Mutex mutex_;
  std::deque<std::shared_ptr<EventChunk>> chunks_ ABSL_GUARDED_BY(mutex_);
  int64_t events_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_WATCH_EVENT_RING_H_
