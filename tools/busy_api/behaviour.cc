#include "tools/busy_api/behaviour.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/busy_api/fields.h"
#include "tools/busy_api/preset.h"
#include "tools/busy_api/retry_hint.h"

namespace lull {
namespace {

using B = Behaviour;
using nlohmann::json;

constexpr double kLong = 1e9;
constexpr double kMany = 1e15;

constexpr Field<Behaviour> kFields[] = {
    {"status", &B::status, 0, 999, "", "status code; 0: the connection ends without a byte"},
    {"error_message", &B::error_message, 0, 0, "",
     "text of the error object; with status 200 the answer is an error all the same"},
    {"error_type", &B::error_type, 0, 0, "", "its type"},
    {"error_code", &B::error_code, 0, 0, "", "its code"},
    {"dialect", &B::dialect, 0, 0, "|openai|deepseek|google|anthropic|openrouter",
     "whose error object; empty: the setting"},
    {"body", &B::body, 0, 0, "", "literal body in place of any other"},
    {"content_type", &B::content_type, 0, 0, "", "in place of the usual one"},
    {"location", &B::location, 0, 0, "", "value of a Location header"},
    {"hint", &B::hint, 0, 0, "", "form of the delay hint, see the list of forms"},
    {"hint_s", &B::hint_s, 0, kLong, "", "the delay it asks for"},
    {"should_retry", &B::should_retry, 0, 0, "|true|false", "value of x-should-retry"},
    {"rate_headers", &B::rate_headers, 0, 0, "|openai|anthropic|reset_s|reset_epoch|garbage",
     "family of rate limit headers that say: nothing remains"},
    {"rate_reset_s", &B::rate_reset_s, 0, kLong, "", "when they say that it is reset"},
    {"echo_key", &B::echo_key, 0, 0, "", "the error text quotes the API key"},

    {"head_wait_s", &B::head_wait_s, -1, kLong, "", "wait before the first byte; -1: as usual"},
    {"first_content_s", &B::first_content_s, -1, kLong, "",
     "wait between the head and the first content; -1: as usual"},
    {"queue_s", &B::queue_s, 0, kLong, "",
     "after the head, so long only empty lines (whole answers) or comments (streams)"},
    {"keep_alive_s", &B::keep_alive_s, -1, kLong, "", "how often those come; -1: the setting"},
    {"chunk_wait_s", &B::chunk_wait_s, -1, kLong, "",
     "wait between the events of a stream; -1: as usual"},
    {"stall_after_chunks", &B::stall_after_chunks, -1, 1e9, "",
     "a stream stalls after so many content events; -1: never"},
    {"stall_s", &B::stall_s, 0, kLong, "", "for so long"},
    {"drip_bytes", &B::drip_bytes, 0, 1e9, "", "send the body in pieces of so many bytes; 0: no"},
    {"drip_wait_s", &B::drip_wait_s, 0, kLong, "", "with this wait between them"},
    {"never", &B::never, 0, 0, "", "read the request and never answer"},

    {"output_tokens", &B::output_tokens, -1, 1e7, "", "length of the answer; -1: as usual"},
    {"reasoning_tokens", &B::reasoning_tokens, -1, 1e7, "",
     "tokens of reasoning before it; -1: the setting"},
    {"cached_tokens", &B::cached_tokens, -1, 1e12, "",
     "tokens of the prompt that the cache had, but never more than it has; -1: as they are"},
    {"finish_reason", &B::finish_reason, 0, 0, "",
     "in place of the usual one; \"null\" for JSON's null"},
    {"omit_finish", &B::omit_finish, 0, 0, "", "no finish frame, or no finish_reason"},
    {"omit_usage", &B::omit_usage, 0, 0, "", "no usage, though asked for"},
    {"omit_done", &B::omit_done, 0, 0, "", "no [DONE] at a stream's end"},
    {"half_emoji", &B::half_emoji, 0, 0, "",
     "the text ends in half of an emoji, a surrogate without its pair; streamed, in both halves"},

    {"error_after_chunks", &B::error_after_chunks, -1, 1e9, "",
     "a stream turns into the error after so many content events; -1: it is the error at once"},
    {"cut_after_chunks", &B::cut_after_chunks, -1, 1e9, "",
     "a stream is cut after so many content events; -1: it is not"},
    {"cut_after_bytes", &B::cut_after_bytes, -1, kMany, "",
     "the body is cut after so many bytes; -1: it is not"},
    {"end", &B::end, 0, 0, "keep|close|reset",
     "at the end the connection is kept, closed (FIN) or reset (RST)"},
    {"content_length_extra", &B::content_length_extra, -kMany, kMany, "",
     "Content-Length promises so many bytes more than come, or fewer"},

    {"hostile", &B::hostile, 0, 0,
     "|gzip_bomb|huge_body|huge_line|huge_header|many_headers|deep_json|dense_json"
     "|many_choices|many_tool_calls",
     "a body made to hurt a client"},
    {"hostile_bytes", &B::hostile_bytes, 1, kMany, "",
     "its size (inflated; for deep_json its depth; for headers their bytes; for elements how "
     "many)"},

    {"slot", &B::slot, 0, 0, "auto|yes|no",
     "whether the call occupies a slot for the time of an answer; auto: if it is answered"},
    {"billed", &B::billed, 0, 0, "auto|yes|no",
     "whether the provider bills it; auto: if it takes a slot and is no error"},
};

absl::Status MergeMember(const std::string& name, const json& value, Behaviour* behaviour) {
  if (name == "headers") {
    if (!value.is_object()) return absl::InvalidArgumentError("headers must be a JSON object");
    for (const auto& [header, text] : value.items()) {
      if (!text.is_string()) {
        return absl::InvalidArgumentError(absl::StrCat("header ", header, " must be a string"));
      }
      behaviour->headers.emplace_back(header, text.get<std::string>());
    }
    return absl::OkStatus();
  }
  const Field<Behaviour>* field = FindField<Behaviour>(kFields, name);
  if (field == nullptr) return NoSuchField<Behaviour>(kFields, name);
  return AssignField(*field, value, behaviour);
}

}  // namespace

bool Behaviour::takes_slot() const {
  if (slot != "auto") return slot == "yes";
  return status >= 200 && status < 300 && (!is_error() || error_after_chunks >= 0);
}

bool Behaviour::is_billed() const {
  if (billed != "auto") return billed == "yes";
  return takes_slot() && !is_error();
}

absl::Span<const Field<Behaviour>> BehaviourFields() { return kFields; }

absl::StatusOr<Behaviour> ParseBehaviour(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (!absl::StartsWith(text, "{")) return FindPreset(text);
  const json object = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return absl::InvalidArgumentError("a script must be a JSON object");
  Behaviour behaviour;
  behaviour.name = "script";
  if (const auto preset = object.find("preset"); preset != object.end()) {
    if (!preset->is_string()) return absl::InvalidArgumentError("preset must be a string");
    absl::StatusOr<Behaviour> base = FindPreset(preset->get<std::string>());
    if (!base.ok()) return base.status();
    behaviour = *std::move(base);
  }
  for (const auto& [name, value] : object.items()) {
    if (name == "preset") continue;
    if (absl::Status status = MergeMember(name, value, &behaviour); !status.ok()) return status;
  }
  if (absl::Status status = CheckFields<Behaviour>(kFields, behaviour); !status.ok()) return status;
  if (absl::Status status = ParseRetryHintForm(behaviour.hint).status(); !status.ok()) {
    return status;
  }
  return behaviour;
}

}  // namespace lull
