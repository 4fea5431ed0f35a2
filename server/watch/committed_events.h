// The log of committed events as watchers read it: the newest from memory, pages of the store
// behind them. No event is seen before its commit.
//
// The engine's thread tells what was committed; any thread reads.
#ifndef LULL_SERVER_WATCH_COMMITTED_EVENTS_H_
#define LULL_SERVER_WATCH_COMMITTED_EVENTS_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "server/reads/read_pool.h"
#include "server/watch/encoded_events.h"
#include "server/watch/event_ring.h"
#include "server/watch/job_identities.h"
#include "storage/record.h"

namespace lull {

class CommittedEvents {
 public:
  struct Limits {
    EventRing::Limits ring;
    int64_t max_identities = 100'000;
    int64_t page_events = 1000;  // of the store, read at a time
    int64_t max_pages = 32;      // kept, for watchers that read the same ones
  };
  explicit CommittedEvents(Limits limits);

  // ---- the engine's thread
  // The group is on disk. Without `keep` (nobody watches) only its numbers are noted.
  void OnCommitted(const Group& group, bool keep);
  // What is on disk is no longer known from the groups alone.
  void OnRecovered() { ring_.Clear(); }

  // ---- any thread
  // Nobody watches any more.
  void Forget();

  // Events from number `from` on, in order, at least one; that number is in the first of the
  // result. Empty: it is not committed yet. OUT_OF_RANGE: it is not kept any more. Otherwise the
  // store's errors.
  using Run = std::vector<std::shared_ptr<const EncodedEvents>>;
  absl::StatusOr<Run> From(EventNumber from, int64_t max_events, PoolReader& reader);

  // Every event below this number is committed; those from it on may be. 1 until something is.
  EventNumber known_end() const { return known_end_; }
  void NoteEnd(EventNumber end);

  JobIdentities& identities() { return identities_; }

 private:
  using Page = std::shared_ptr<const EncodedEvents>;

  Page FindPage(EventNumber from);
  void KeepPage(Page page);
  absl::StatusOr<Page> ReadPage(EventNumber from, PoolReader& reader);

  const Limits limits_;
  EventRing ring_;
  JobIdentities identities_;
  std::atomic<EventNumber> known_end_{1};
  Mutex mutex_;
  std::list<Page> pages_ ABSL_GUARDED_BY(mutex_);  // the latest used first
};

// OUT_OF_RANGE with the `oldest_seq` that is still kept.
absl::Status EventsGoneError(EventNumber resume_after, EventNumber oldest);

}  // namespace lull

#endif  // LULL_SERVER_WATCH_COMMITTED_EVENTS_H_
