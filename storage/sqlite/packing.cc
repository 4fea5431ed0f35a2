#include "storage/sqlite/packing.h"

#include <cstdint>
#include <utility>

#include "storage/sqlite/packed.pb.h"
#include "storage/sqlite/packed_list.h"
#include "storage/sqlite/stored_enum.h"
#include "storage/sqlite/stored_time.h"

namespace lull {
namespace {

// Into a cleared message: what is empty need not be set.
void PackAttempt(const Attempt& attempt, storage::PackedAttempt& out) {
  out.set_number(attempt.number);
  out.set_lease(attempt.lease);
  if (!attempt.worker.empty()) out.set_worker(attempt.worker);
  if (!attempt.upstream.empty()) out.set_upstream(attempt.upstream);
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
  if (!attempt.error.reason.empty()) out.set_error_reason(attempt.error.reason);
  if (!attempt.error.message.empty()) out.set_error_message(attempt.error.message);
  out.set_retry_delay(StoredDuration(attempt.retry_delay));
  if (!attempt.model.empty()) out.set_model(attempt.model);
  out.set_outside_window(static_cast<uint32_t>(attempt.outside_window));
  if (!attempt.finish_reason.empty()) out.set_finish_reason(attempt.finish_reason);
  if (!attempt.upstream_request_id.empty())
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

AttemptPacker::AttemptPacker() : message_(std::make_unique<storage::PackedAttempts>()) {}
AttemptPacker::~AttemptPacker() = default;

absl::string_view AttemptPacker::Pack(absl::Span<const Attempt> attempts) {
  if (attempts.empty()) return "";
  message_->clear_attempts();  // keeps their memory
  for (const Attempt& attempt : attempts) PackAttempt(attempt, *message_->add_attempts());
  packed_.clear();
  message_->AppendToString(&packed_);
  return packed_;
}

absl::StatusOr<std::vector<Attempt>> UnpackAttempts(absl::string_view packed) {
  std::vector<Attempt> attempts;
  if (packed.empty()) return attempts;
  storage::PackedAttempts message;
  if (!ParseList(packed, message)) return DamagedList("attempts");
  attempts.resize(static_cast<size_t>(message.attempts_size()));
  for (size_t i = 0; i < attempts.size(); ++i) {
    if (!UnpackAttempt(*message.mutable_attempts(static_cast<int>(i)), attempts[i]))
      return DamagedList("attempts");
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
  if (!ParseList(packed, message) || message.texts_size() % 2 != 0) return DamagedList("labels");
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
  if (!ParseList(packed, message)) return DamagedList("tags");
  for (std::string& tag : *message.mutable_tags()) tags.push_back(std::move(tag));
  return tags;
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
  if (!ParseList(packed, message)) return DamagedList("keys");
  const int count = message.job_size();
  for (int size : {message.key_high_size(), message.key_low_size(), message.content_size(),
                   message.time_size()}) {
    if (size != count) return DamagedList("keys");
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
