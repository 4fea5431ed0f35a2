#include "server/watch/encoded_events.h"

#include <utility>

#include "base/status_macros.h"
#include "server/watch/convert_event.h"
#include "server/watch/watch_message.h"

namespace lull {

absl::StatusOr<std::shared_ptr<const EncodedEvents>> EncodedEvents::Encode(
    EventNumber first, absl::Span<const Event> events, JobIdentities& identities,
    PoolReader& reader) {
  std::vector<JobNumber> jobs;
  jobs.reserve(events.size());
  for (const Event& event : events) jobs.push_back(event.job);
  LULL_ASSIGN_OR_RETURN(JobIdentities::Found found, identities.Get(jobs, reader));

  auto encoded = std::make_shared<EncodedEvents>();
  encoded->first_ = first;
  encoded->entries_.resize(events.size());
  v1::JobEvent proto;
  for (size_t i = 0; i < events.size(); ++i) {
    Entry& entry = encoded->entries_[i];
    entry.job = events[i].job;
    entry.ends = events[i].kind == EventKind::kEnded;
    entry.has_answer = entry.ends && events[i].state == JobState::kSucceeded;
    entry.who = std::move(found[i]);
    entry.begin = static_cast<uint32_t>(encoded->bytes_.size());
    if (entry.who == nullptr) continue;
    proto.Clear();
    ToProto(first + static_cast<EventNumber>(i), events[i], *entry.who, &proto);
    AppendEventField(proto, &encoded->bytes_);
    entry.size = static_cast<uint32_t>(encoded->bytes_.size()) - entry.begin;
  }
  encoded->bytes_.shrink_to_fit();
  return encoded;
}

int64_t EncodedEvents::memory() const {
  return static_cast<int64_t>(sizeof(EncodedEvents) + bytes_.capacity() +
                              entries_.capacity() * sizeof(Entry));
}

}  // namespace lull
