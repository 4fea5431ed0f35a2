// Committed events of consecutive numbers, encoded once for everybody who is told of them.
#ifndef LULL_SERVER_WATCH_ENCODED_EVENTS_H_
#define LULL_SERVER_WATCH_ENCODED_EVENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/reads/read_pool.h"
#include "server/watch/job_identities.h"
#include "storage/record.h"

namespace lull {

// Immutable.
class EncodedEvents {
 public:
  struct Entry {
    JobNumber job = 0;
    std::shared_ptr<const JobIdentity> who;  // null: not stored any more; there is nothing to tell
    uint32_t begin = 0;                      // in the bytes
    uint32_t size = 0;
    bool ends = false;        // the job's last
    bool has_answer = false;  // and it succeeded
  };

  // `first`: the number of events[0]. Errors: the store's, of looking up who the jobs are.
  static absl::StatusOr<std::shared_ptr<const EncodedEvents>> Encode(EventNumber first,
                                                                     absl::Span<const Event> events,
                                                                     JobIdentities& identities,
                                                                     PoolReader& reader);

  EventNumber first() const { return first_; }
  EventNumber end() const { return first_ + static_cast<EventNumber>(entries_.size()); }
  // Entry i is event number first() + i.
  const std::vector<Entry>& entries() const { return entries_; }

  // The event as one element of WatchEvents.events, with its tag and length.
  absl::string_view Field(const Entry& entry) const {
    return absl::string_view(bytes_).substr(entry.begin, entry.size);
  }
  int64_t memory() const;

 private:
  EventNumber first_ = 0;
  std::vector<Entry> entries_;
  std::string bytes_;
};

}  // namespace lull

#endif  // LULL_SERVER_WATCH_ENCODED_EVENTS_H_
