#include "server/watch/event_ring.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace lull {
namespace {

// Beside the strings of an event: its entry, and what its encoded form has in fixed parts.
constexpr int64_t kFixedBytes = sizeof(Event) + 128;

int64_t Memory(const std::vector<Event>& events) {
  int64_t bytes = static_cast<int64_t>(sizeof(EventChunk));
  for (const Event& event : events) {
    bytes +=
        kFixedBytes + static_cast<int64_t>(event.upstream.size() + event.tenant.size() +
                                           event.class_name.size() + event.worker.size() +
                                           event.error.reason.size() + event.error.message.size());
  }
  return bytes;
}

}  // namespace

EventChunk::EventChunk(EventNumber first, std::vector<Event> events)
    : first_(first),
      end_(first + static_cast<EventNumber>(events.size())),
      memory_(Memory(events)),
      events_(std::move(events)) {}

absl::StatusOr<std::shared_ptr<const EncodedEvents>> EventChunk::Encoded(JobIdentities& identities,
                                                                         PoolReader& reader) {
  MutexLock lock(mutex_);
  if (encoded_ == nullptr) {
    LULL_ASSIGN_OR_RETURN(encoded_, EncodedEvents::Encode(first_, events_, identities, reader));
    events_ = {};
  }
  return encoded_;
}

void EventRing::Add(const Group& group) {
  if (group.events.empty()) return;
  auto chunk = std::make_shared<EventChunk>(group.first_event, group.events);
  MutexLock lock(mutex_);
  if (!chunks_.empty() && chunks_.back()->end() != chunk->first()) {
    chunks_.clear();
    events_ = bytes_ = 0;
  }
  events_ += chunk->end() - chunk->first();
  bytes_ += chunk->memory();
  chunks_.push_back(std::move(chunk));
  while (chunks_.size() > 1 && (events_ > limits_.max_events || bytes_ > limits_.max_bytes)) {
    events_ -= chunks_.front()->end() - chunks_.front()->first();
    bytes_ -= chunks_.front()->memory();
    chunks_.pop_front();
  }
}

void EventRing::Clear() {
  MutexLock lock(mutex_);
  chunks_.clear();
  events_ = bytes_ = 0;
}

std::vector<std::shared_ptr<EventChunk>> EventRing::From(EventNumber from,
                                                         int64_t max_events) const {
  std::vector<std::shared_ptr<EventChunk>> result;
  MutexLock lock(mutex_);
  if (chunks_.empty() || from < chunks_.front()->first()) return result;
  auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                    [from](const auto& c) { return c->end() <= from; });
  for (; chunk != chunks_.end() && max_events > 0; ++chunk) {
    max_events -= (*chunk)->end() - std::max(from, (*chunk)->first());
    result.push_back(*chunk);
  }
  return result;
}

EventRing::Range EventRing::range() const {
  MutexLock lock(mutex_);
  if (chunks_.empty()) return {};
  return {chunks_.front()->first(), chunks_.back()->end(), bytes_};
}

}  // namespace lull
