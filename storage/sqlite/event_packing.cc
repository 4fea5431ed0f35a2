#include "storage/sqlite/event_packing.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "storage/sqlite/packed.pb.h"
#include "storage/sqlite/packed_list.h"
#include "storage/sqlite/stored_enum.h"
#include "storage/sqlite/stored_time.h"

namespace lull {
namespace {

// Numbers the different values of a commit in the order in which they come.
template <typename Value>
class Dictionary {
 public:
  // Calls add(value) if it is new.
  template <typename Add>
  uint32_t IndexOf(const Value& value, Add add) {
    const auto [entry, added] = indices_.try_emplace(value, static_cast<uint32_t>(indices_.size()));
    if (added) add(value);
    return entry->second;
  }

 private:
  absl::flat_hash_map<Value, uint32_t> indices_;
};

using Lane = std::pair<absl::string_view, absl::string_view>;  // tenant and class

bool HasDetail(const Event& event) {
  return event.retry_delay != absl::ZeroDuration() || event.error.code != 0 ||
         !event.error.reason.empty() || !event.error.message.empty() ||
         event.cancel_cause != CancelCause::kNone || event.outside_window != OutsideWindow::kNo;
}

void PackDetail(const Event& event, size_t index, storage::PackedEventDetail& out) {
  out.set_event(static_cast<uint32_t>(index));
  out.set_retry_delay(StoredDuration(event.retry_delay));
  out.set_error_code(event.error.code);
  out.set_error_reason(event.error.reason);
  out.set_error_message(event.error.message);
  out.set_cancel_cause(static_cast<uint32_t>(event.cancel_cause));
  out.set_outside_window(static_cast<uint32_t>(event.outside_window));
}

// Adds a list, unless all of it would be zeros.
template <typename Number, typename Get>
void PackIfAny(absl::Span<const Event> events, google::protobuf::RepeatedField<Number>& list,
               Get get) {
  if (std::all_of(events.begin(), events.end(), [&](const Event& e) { return get(e) == 0; }))
    return;
  list.Reserve(static_cast<int>(events.size()));
  for (const Event& event : events) list.Add(get(event));
}

// What a list that may be left out says of the i-th event.
template <typename Number>
Number ElementOr0(const google::protobuf::RepeatedField<Number>& list, int i) {
  return list.empty() ? 0 : list.Get(i);
}

void PackLanesAndWorkers(absl::Span<const Event> events, storage::PackedEvents& packed) {
  Dictionary<Lane> lanes;
  Dictionary<absl::string_view> workers;
  bool any_worker = false;
  packed.mutable_lane()->Reserve(static_cast<int>(events.size()));
  packed.mutable_worker()->Reserve(static_cast<int>(events.size()));
  for (const Event& event : events) {
    packed.add_lane(lanes.IndexOf({event.tenant, event.class_name}, [&](const Lane& lane) {
      packed.add_tenants(lane.first.data(), lane.first.size());
      packed.add_class_names(lane.second.data(), lane.second.size());
    }));
    if (event.worker.empty()) {
      packed.add_worker(0);
      continue;
    }
    any_worker = true;
    packed.add_worker(1 + workers.IndexOf(event.worker, [&](absl::string_view worker) {
      packed.add_workers(worker.data(), worker.size());
    }));
  }
  if (packed.tenants_size() == 1) packed.clear_lane();
  if (!any_worker) packed.clear_worker();
}

bool UnpackLaneAndWorker(const storage::PackedEvents& message, int i, Event& event) {
  const uint32_t lane = ElementOr0(message.lane(), i);
  if (message.tenants_size() > 0) {
    if (lane >= static_cast<uint32_t>(message.tenants_size())) return false;
    event.tenant = message.tenants(static_cast<int>(lane));
    event.class_name = message.class_names(static_cast<int>(lane));
  } else if (lane > 0) {
    return false;
  }
  const uint32_t worker = ElementOr0(message.worker(), i);
  if (worker > static_cast<uint32_t>(message.workers_size())) return false;
  if (worker > 0) event.worker = message.workers(static_cast<int>(worker - 1));
  return true;
}

bool UnpackDetails(const storage::PackedEvents& message, std::vector<Event>& events) {
  for (const storage::PackedEventDetail& detail : message.details()) {
    if (detail.event() >= events.size()) return false;
    Event& event = events[detail.event()];
    event.retry_delay = DurationFromStored(detail.retry_delay());
    event.error = {detail.error_code(), detail.error_reason(), detail.error_message()};
    if (!EnumFromStored(detail.cancel_cause(), event.cancel_cause) ||
        !EnumFromStored(detail.outside_window(), event.outside_window)) {
      return false;
    }
  }
  return true;
}

// Each list has an element for each event, or is one that may be left out.
bool HasListsOfOneLength(const storage::PackedEvents& message) {
  const int count = message.job_size();
  for (int size : {message.kind_size(), message.state_size(), message.lease_size(),
                   message.outcome_size(), message.time_size(), message.upstream_size()}) {
    if (size != count) return false;
  }
  for (int size : {message.lane_size(), message.attempt_number_size(), message.worker_size(),
                   message.served_from_size()}) {
    if (size != 0 && size != count) return false;
  }
  return message.tenants_size() == message.class_names_size();
}

bool UnpackEvent(const storage::PackedEvents& message, int i, Event& event) {
  event.job = message.job(i);
  event.lease = message.lease(i);
  event.time = TimeFromList(message.time(i), message.base_time());
  event.attempt_number = ElementOr0(message.attempt_number(), i);
  if (message.upstream(i) >= static_cast<uint32_t>(message.upstreams_size())) return false;
  event.upstream = message.upstreams(static_cast<int>(message.upstream(i)));
  return EnumFromStored(message.kind(i), event.kind) &&
         EnumFromStored(message.state(i), event.state) &&
         EnumFromStored(message.outcome(i), event.outcome) &&
         EnumFromStored(ElementOr0(message.served_from(), i), event.served_from) &&
         UnpackLaneAndWorker(message, i, event);
}

}  // namespace

std::string PackEvents(absl::Span<const Event> events) {
  if (events.empty()) return "";
  storage::PackedEvents packed;
  const int64_t base = ListTime(events[0].time, 0);
  packed.set_base_time(base);
  Dictionary<absl::string_view> upstreams;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    packed.add_job(event.job);
    packed.add_kind(static_cast<uint32_t>(event.kind));
    packed.add_state(static_cast<uint32_t>(event.state));
    packed.add_lease(event.lease);
    packed.add_outcome(static_cast<uint32_t>(event.outcome));
    packed.add_time(ListTime(event.time, base));
    packed.add_upstream(upstreams.IndexOf(event.upstream, [&](absl::string_view upstream) {
      packed.add_upstreams(upstream.data(), upstream.size());
    }));
    if (HasDetail(event)) PackDetail(event, i, *packed.add_details());
  }
  PackLanesAndWorkers(events, packed);
  PackIfAny(events, *packed.mutable_attempt_number(),
            [](const Event& event) { return event.attempt_number; });
  PackIfAny(events, *packed.mutable_served_from(),
            [](const Event& event) { return static_cast<uint32_t>(event.served_from); });
  return packed.SerializeAsString();
}

absl::StatusOr<std::vector<Event>> UnpackEvents(absl::string_view packed) {
  storage::PackedEvents message;
  if (!ParseList(packed, message) || !HasListsOfOneLength(message)) return DamagedList("events");
  std::vector<Event> events(static_cast<size_t>(message.job_size()));
  for (size_t i = 0; i < events.size(); ++i) {
    if (!UnpackEvent(message, static_cast<int>(i), events[i])) return DamagedList("events");
  }
  if (!UnpackDetails(message, events)) return DamagedList("events");
  return events;
}

}  // namespace lull
