#include "server/watch/committed_events.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/api/rpc_error.h"

namespace lull {

absl::Status EventsGoneError(EventNumber resume_after, EventNumber oldest) {
  return RpcError(
      absl::StatusCode::kOutOfRange, "EVENTS_GONE",
      absl::StrCat("the events after ", resume_after, " are no longer all kept; the oldest is ",
                   oldest, "; begin with a snapshot"),
      {{"oldest_seq", absl::StrCat(oldest)}});
}

CommittedEvents::CommittedEvents(Limits limits)
    : limits_(limits), ring_(limits.ring), identities_(limits.max_identities) {}

void CommittedEvents::OnCommitted(const Group& group, bool keep) {
  if (group.events.empty()) return;
  if (keep) {
    for (const Record& record : group.records) {
      if (const auto* created = std::get_if<JobCreated>(&record)) identities_.Add(*created->spec);
    }
    ring_.Add(group);
  }
  NoteEnd(group.first_event + static_cast<EventNumber>(group.events.size()));
}

void CommittedEvents::NoteEnd(EventNumber end) {
  EventNumber known = known_end_;
  while (known < end && !known_end_.compare_exchange_weak(known, end)) {
  }
}

void CommittedEvents::Forget() {
  ring_.Clear();
  MutexLock lock(mutex_);
  pages_.clear();
}

absl::StatusOr<CommittedEvents::Run> CommittedEvents::From(EventNumber from, int64_t max_events,
                                                           PoolReader& reader) {
  Run run;
  for (const std::shared_ptr<EventChunk>& chunk : ring_.From(from, max_events)) {
    LULL_ASSIGN_OR_RETURN(auto encoded, chunk->Encoded(identities_, reader));
    run.push_back(std::move(encoded));
  }
  if (!run.empty()) return run;
  // The end of the ring alone says nothing: what was committed while nobody watched is not in it.
  if (from == ring_.range().end && from >= known_end_) return run;
  Page page = FindPage(from);
  if (page == nullptr) {
    LULL_ASSIGN_OR_RETURN(page, ReadPage(from, reader));
  }
  if (page != nullptr) run.push_back(std::move(page));
  return run;
}

CommittedEvents::Page CommittedEvents::FindPage(EventNumber from) {
  MutexLock lock(mutex_);
  for (auto page = pages_.begin(); page != pages_.end(); ++page) {
    if ((*page)->first() > from || from >= (*page)->end()) continue;
    pages_.splice(pages_.begin(), pages_, page);
    return pages_.front();
  }
  return nullptr;
}

void CommittedEvents::KeepPage(Page page) {
  MutexLock lock(mutex_);
  // An older reading of the same page, when it was not full yet.
  pages_.remove_if([&page](const Page& old) { return old->first() == page->first(); });
  pages_.push_front(std::move(page));
  if (static_cast<int64_t>(pages_.size()) > limits_.max_pages) pages_.pop_back();
}

// Pages begin at multiples of their size, so that watchers near each other read the same ones. One
// whose beginning was pruned begins with the oldest event.
absl::StatusOr<CommittedEvents::Page> CommittedEvents::ReadPage(EventNumber from,
                                                                PoolReader& reader) {
  const int64_t size = limits_.page_events;
  const EventNumber begin = std::max<EventNumber>(1, from - from % size);
  const EventNumber page_end = from - from % size + size;
  LULL_ASSIGN_OR_RETURN(const std::vector<JobReader::NumberedEvent> read,
                        reader.Do([&](JobReader& store) {
                          return store.ReadEvents(begin, static_cast<int>(page_end - begin));
                        }));
  std::vector<Event> events;
  for (const JobReader::NumberedEvent& event : read) {
    if (event.number < page_end) events.push_back(event.event);
  }
  const EventNumber first = read.empty() ? from : read.front().number;
  if (first > from) return EventsGoneError(from - 1, first);
  const EventNumber end = first + static_cast<EventNumber>(events.size());
  if (end <= from) return Page();
  NoteEnd(end);
  LULL_ASSIGN_OR_RETURN(Page page, EncodedEvents::Encode(first, events, identities_, reader));
  KeepPage(page);
  return page;
}

}  // namespace lull
