#include "storage/sqlite/packing.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "storage/sqlite/packed.pb.h"
#include "storage/sqlite/stored_enum.h"
#include "storage/sqlite/stored_time.h"

namespace lull {
namespace {

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the stored ", what, " cannot be read: the database file is damaged"));
}

template <typename Message>
bool Parse(absl::string_view packed, Message& message) {
  return packed.size() <= std::numeric_limits<int>::max() &&
         message.ParseFromArray(packed.data(), static_cast<int>(packed.size()));
}

// In lists, where a time cannot be absent.
constexpr int64_t kListTimeNotSet = std::numeric_limits<int64_t>::min();

int64_t ListTime(absl::Time time, int64_t base) {
  const int64_t stored = time == absl::InfinitePast() ? kListTimeNotSet : StoredTime(time);
  return static_cast<int64_t>(static_cast<uint64_t>(stored) - static_cast<uint64_t>(base));
}

absl::Time TimeFromList(int64_t delta, int64_t base) {
  const int64_t stored =
      static_cast<int64_t>(static_cast<uint64_t>(delta) + static_cast<uint64_t>(base));
  return stored == kListTimeNotSet ? absl::InfinitePast() : TimeFromStored(stored);
}

void PackAttempt(const Attempt& attempt, storage::PackedAttempt& out) {
  out.set_number(attempt.number);
  out.set_lease(attempt.lease);
  out.set_worker(attempt.worker);
  out.set_upstream(attempt.upstream);
  if (attempt.start != absl::InfinitePast()) out.set_start(StoredTime(attempt.start));
  if (attempt.end != absl::InfinitePast()) out.set_end(StoredTime(attempt.end));
  out.set_outcome(static_cast<uint32_t>(attempt.outcome));
  out.set_billed(static_cast<uint32_t>(attempt.billed));
  out.set_http_status(attempt.http_status);
  out.set_prompt_tokens(attempt.usage.prompt);
  out.set_cached_prompt_tokens(attempt.usage.cached_prompt);
  out.set_completion_tokens(attempt.usage.completion);
  out.set_reasoning_tokens(attempt.usage.reasoning);
  out.set_error_code(attempt.error.code);
  out.set_error_reason(attempt.error.reason);
  out.set_error_message(attempt.error.message);
  out.set_retry_delay(StoredDuration(attempt.retry_delay));
  out.set_model(attempt.model);
  out.set_outside_window(static_cast<uint32_t>(attempt.outside_window));
  out.set_finish_reason(attempt.finish_reason);
  out.set_upstream_request_id(attempt.upstream_request_id);
  out.set_time_to_first_content(StoredDuration(attempt.time_to_first_content));
  out.set_result_hash(attempt.result_hash);
}

bool UnpackAttempt(storage::PackedAttempt& in, Attempt& attempt) {
  attempt.number = in.number();
  attempt.lease = in.lease();
  attempt.worker = std::move(*in.mutable_worker());
  attempt.upstream = std::move(*in.mutable_upstream());
  if (in.has_start()) attempt.start = TimeFromStored(in.start());
  if (in.has_end()) attempt.end = TimeFromStored(in.end());
  attempt.http_status = in.http_status();
  attempt.usage.prompt = in.prompt_tokens();
  attempt.usage.cached_prompt = in.cached_prompt_tokens();
  attempt.usage.completion = in.completion_tokens();
  attempt.usage.reasoning = in.reasoning_tokens();
  attempt.error.code = in.error_code();
  attempt.error.reason = std::move(*in.mutable_error_reason());
  attempt.error.message = std::move(*in.mutable_error_message());
  attempt.retry_delay = DurationFromStored(in.retry_delay());
  attempt.model = std::move(*in.mutable_model());
  attempt.finish_reason = std::move(*in.mutable_finish_reason());
  attempt.upstream_request_id = std::move(*in.mutable_upstream_request_id());
  attempt.time_to_first_content = DurationFromStored(in.time_to_first_content());
  attempt.result_hash = in.result_hash();
  return EnumFromStored(in.outcome(), attempt.outcome) &&
         EnumFromStored(in.billed(), attempt.billed) &&
         EnumFromStored(in.outside_window(), attempt.outside_window);
}

}  // namespace

std::string PackAttempts(absl::Span<const Attempt> attempts) {
  if (attempts.empty()) return "";
  storage::PackedAttempts packed;
  for (const Attempt& attempt : attempts) PackAttempt(attempt, *packed.add_attempts());
  return packed.SerializeAsString();
}

absl::StatusOr<std::vector<Attempt>> UnpackAttempts(absl::string_view packed) {
  std::vector<Attempt> attempts;
  if (packed.empty()) return attempts;
  storage::PackedAttempts message;
  if (!Parse(packed, message)) return Damaged("attempts");
  attempts.resize(static_cast<size_t>(message.attempts_size()));
  for (size_t i = 0; i < attempts.size(); ++i) {
    if (!UnpackAttempt(*message.mutable_attempts(static_cast<int>(i)), attempts[i]))
      return Damaged("attempts");
  }
  return attempts;
}

std::string PackLabels(const Labels& labels) {
  if (labels.empty()) return "";
  storage::PackedLabels packed;
  for (const auto& [key, value] : labels) {
    packed.add_texts(key);
    packed.add_texts(value);
  }
  return packed.SerializeAsString();
}

absl::StatusOr<Labels> UnpackLabels(absl::string_view packed) {
  Labels labels;
  if (packed.empty()) return labels;
  storage::PackedLabels message;
  if (!Parse(packed, message) || message.texts_size() % 2 != 0) return Damaged("labels");
  for (int i = 0; i < message.texts_size(); i += 2) {
    labels.emplace_back(std::move(*message.mutable_texts(i)),
                        std::move(*message.mutable_texts(i + 1)));
  }
  return labels;
}

std::string PackTags(absl::Span<const std::string> tags) {
  if (tags.empty()) return "";
  storage::PackedTags packed;
  for (const std::string& tag : tags) packed.add_tags(tag);
  return packed.SerializeAsString();
}

absl::StatusOr<std::vector<std::string>> UnpackTags(absl::string_view packed) {
  std::vector<std::string> tags;
  if (packed.empty()) return tags;
  storage::PackedTags message;
  if (!Parse(packed, message)) return Damaged("tags");
  for (std::string& tag : *message.mutable_tags()) tags.push_back(std::move(tag));
  return tags;
}

std::string PackEvents(absl::Span<const Event> events) {
  if (events.empty()) return "";
  storage::PackedEvents packed;
  const int64_t base = ListTime(events[0].time, 0);
  packed.set_base_time(base);
  absl::flat_hash_map<absl::string_view, uint32_t> upstreams;
  for (const Event& event : events) {
    packed.add_job(event.job);
    packed.add_kind(static_cast<uint32_t>(event.kind));
    packed.add_state(static_cast<uint32_t>(event.state));
    packed.add_lease(event.lease);
    packed.add_outcome(static_cast<uint32_t>(event.outcome));
    packed.add_time(ListTime(event.time, base));
    const auto [entry, added] = upstreams.try_emplace(event.upstream, packed.upstreams_size());
    if (added) packed.add_upstreams(event.upstream);
    packed.add_upstream(entry->second);
  }
  return packed.SerializeAsString();
}

absl::StatusOr<std::vector<Event>> UnpackEvents(absl::string_view packed) {
  storage::PackedEvents message;
  if (!Parse(packed, message)) return Damaged("events");
  const int count = message.job_size();
  for (int size : {message.kind_size(), message.state_size(), message.lease_size(),
                   message.outcome_size(), message.time_size(), message.upstream_size()}) {
    if (size != count) return Damaged("events");
  }
  std::vector<Event> events(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    Event& event = events[static_cast<size_t>(i)];
    event.job = message.job(i);
    event.lease = message.lease(i);
    event.time = TimeFromList(message.time(i), message.base_time());
    if (!EnumFromStored(message.kind(i), event.kind) ||
        !EnumFromStored(message.state(i), event.state) ||
        !EnumFromStored(message.outcome(i), event.outcome) ||
        message.upstream(i) >= static_cast<uint32_t>(message.upstreams_size())) {
      return Damaged("events");
    }
    event.upstream = message.upstreams(static_cast<int>(message.upstream(i)));
  }
  return events;
}

std::string PackKeys(absl::Span<const KeyAdded* const> keys) {
  if (keys.empty()) return "";
  storage::PackedKeys packed;
  const int64_t base = ListTime(keys[0]->time, 0);
  packed.set_base_time(base);
  for (const KeyAdded* key : keys) {
    packed.add_key_high(key->key[0]);
    packed.add_key_low(key->key[1]);
    packed.add_content(key->content);
    packed.add_job(key->job);
    packed.add_time(ListTime(key->time, base));
  }
  return packed.SerializeAsString();
}

absl::StatusOr<std::vector<KeyAdded>> UnpackKeys(absl::string_view packed) {
  storage::PackedKeys message;
  if (!Parse(packed, message)) return Damaged("keys");
  const int count = message.job_size();
  for (int size : {message.key_high_size(), message.key_low_size(), message.content_size(),
                   message.time_size()}) {
    if (size != count) return Damaged("keys");
  }
  std::vector<KeyAdded> keys(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    KeyAdded& key = keys[static_cast<size_t>(i)];
    key.key = {message.key_high(i), message.key_low(i)};
    key.content = message.content(i);
    key.job = message.job(i);
    key.time = TimeFromList(message.time(i), message.base_time());
  }
  return keys;
}

}  // namespace lull
