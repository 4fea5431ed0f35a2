#include "worker/answer_body.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "simdjson.h"
#include "worker/delay_hint.h"
#include "worker/json_repair.h"
#include "worker/parsed_json_size.h"

namespace lull {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kNamesMax = 32;
constexpr size_t kNameBytesMax = 128;
constexpr size_t kMessageBytesMax = 4096;
constexpr size_t kHeadersMax = 16;
// Takes at most 13 times as much, and need not be measured.
constexpr size_t kSmallBytes = 1 << 20;
constexpr size_t kListMax = 128;  // elements looked at in details and choices

// The member of that name; an element that is no object has none.
simdjson::simdjson_result<dom::element> Member(dom::element object, const char* name) {
  return object.is_object() ? object[name]
                            : simdjson::simdjson_result<dom::element>(simdjson::NO_SUCH_FIELD);
}

std::string Text(dom::element element, size_t bytes_max) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return "";
  return std::string(text.substr(0, bytes_max));
}

std::string TextMember(dom::element object, const char* name, size_t bytes_max) {
  dom::element member;
  return Member(object, name).get(member) == simdjson::SUCCESS ? Text(member, bytes_max) : "";
}

void AddName(AnswerError& error, std::string name) {
  if (!name.empty() && error.names.size() < kNamesMax) error.names.push_back(std::move(name));
}

// `code` is a name, a status as a number, or a status as digits.
void ReadCode(dom::element code, AnswerError& error) {
  int64_t number = 0;
  if (code.get(number) != simdjson::SUCCESS) {
    std::string name = Text(code, kNameBytesMax);
    if (!absl::SimpleAtoi(name, &number)) number = 0;
    AddName(error, std::move(name));
  }
  if (number >= 400 && number <= 599) error.http_status = static_cast<int>(number);
}

void ReadRetryAfter(dom::element object, AnswerError& error) {
  dom::element member;
  if (error.retry_after || Member(object, "retry_after").get(member) != simdjson::SUCCESS) return;
  double seconds;
  if (member.get(seconds) == simdjson::SUCCESS) {
    const absl::Duration delay = absl::Seconds(seconds);
    if (delay >= absl::ZeroDuration() && delay <= kDelayHintMax) error.retry_after = delay;
  } else {
    const std::string text = Text(member, kNameBytesMax);
    error.retry_after = ParseDelaySeconds(text);
    if (!error.retry_after) error.retry_after = ParseDelayText(text);
  }
}

// Google's details: RetryInfo, ErrorInfo and QuotaFailure.
void ReadDetail(dom::element detail, AnswerError& error) {
  if (!error.retry_after) {
    error.retry_after = ParseDelayText(TextMember(detail, "retryDelay", kNameBytesMax));
  }
  AddName(error, TextMember(detail, "reason", kNameBytesMax));
  dom::array violations;
  if (Member(detail, "violations").get(violations) != simdjson::SUCCESS) return;
  size_t seen = 0;
  for (dom::element violation : violations) {
    if (++seen > kListMax) break;
    AddName(error, TextMember(violation, "quotaId", kNameBytesMax));
    AddName(error, TextMember(violation, "quotaMetric", kNameBytesMax));
  }
}

// OpenRouter's metadata: the provider's headers, or why a moderation refused.
void ReadMetadata(dom::element metadata, AnswerError& error) {
  dom::element flagged;
  error.input_flagged = Member(metadata, "flagged_input").get(flagged) == simdjson::SUCCESS;
  ReadRetryAfter(metadata, error);
  dom::object headers;
  if (Member(metadata, "headers").get(headers) != simdjson::SUCCESS) return;
  for (const dom::key_value_pair& field : headers) {
    if (error.headers.fields().size() >= kHeadersMax) break;
    const std::string value = Text(field.value, kNameBytesMax);
    if (!value.empty()) {
      error.headers.Add(absl::string_view(field.key.data(), field.key.size()), value);
    }
  }
}

AnswerError ReadErrorObject(dom::element object) {
  AnswerError error;
  dom::element member;
  for (const char* name : {"code", "status"}) {
    if (Member(object, name).get(member) == simdjson::SUCCESS) ReadCode(member, error);
  }
  AddName(error, TextMember(object, "type", kNameBytesMax));
  for (const char* name : {"message", "msg", "detail", "error"}) {
    if (error.message.empty()) error.message = TextMember(object, name, kMessageBytesMax);
  }
  ReadRetryAfter(object, error);
  dom::array details;
  if (Member(object, "details").get(details) == simdjson::SUCCESS) {
    size_t seen = 0;
    for (dom::element detail : details) {
      if (++seen > kListMax) break;
      ReadDetail(detail, error);
    }
  }
  if (Member(object, "metadata").get(member) == simdjson::SUCCESS) ReadMetadata(member, error);
  return error;
}

// The value of `error`; null, false, "" and {} say that there is none.
std::optional<AnswerError> ReadErrorMember(dom::element object) {
  dom::element member;
  if (Member(object, "error").get(member) != simdjson::SUCCESS) return std::nullopt;
  if (member.is_object()) {
    dom::object fields;
    if (member.get(fields) != simdjson::SUCCESS || fields.size() == 0) return std::nullopt;
    AnswerError error = ReadErrorObject(member);
    ReadRetryAfter(object, error);
    return error;
  }
  std::string text = Text(member, kMessageBytesMax);
  if (text.empty()) return std::nullopt;
  AnswerError error = ReadErrorObject(object);
  error.message = std::move(text);
  return error;
}

int Severity(absl::string_view reason) {
  if (reason == kInterruptedFinishReason) return 5;
  if (!IsKnownFinishReason(reason)) return 4;
  if (reason == "content_filter") return 3;
  return reason == "length" ? 2 : 1;
}

void ReadChoices(dom::element object, AnswerBody& body) {
  dom::array choices;
  if (Member(object, "choices").get(choices) != simdjson::SUCCESS) return;
  size_t seen = 0;
  int worst = 0;
  for (dom::element choice : choices) {
    if (++seen > kListMax) break;
    body.has_choices = true;
    std::string reason = TextMember(choice, "finish_reason", kNameBytesMax);
    if (Severity(reason) > worst) {
      worst = Severity(reason);
      body.finish_reason = std::move(reason);
    }
    if (!body.error) body.error = ReadErrorMember(choice);
  }
}

bool HasElements(dom::element object, const char* name) {
  dom::array list;
  return Member(object, name).get(list) == simdjson::SUCCESS && list.begin() != list.end();
}

int64_t Count(dom::element object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    int64_t count;
    if (Member(object, name).get(count) == simdjson::SUCCESS && count > 0) return count;
  }
  return 0;
}

int64_t CountIn(dom::element object, std::initializer_list<const char*> parents, const char* name) {
  for (const char* parent : parents) {
    dom::element details;
    if (Member(object, parent).get(details) == simdjson::SUCCESS) return Count(details, {name});
  }
  return 0;
}

std::optional<v1::Usage> ReadUsage(dom::element object) {
  dom::element source;
  if (Member(object, "usage").get(source) != simdjson::SUCCESS || !source.is_object()) {
    return std::nullopt;
  }
  v1::Usage usage;
  usage.set_prompt_tokens(Count(source, {"prompt_tokens", "input_tokens"}));
  usage.set_completion_tokens(Count(source, {"completion_tokens", "output_tokens"}));
  int64_t cached = Count(source, {"prompt_cache_hit_tokens"});
  if (cached == 0) {
    cached = CountIn(source, {"prompt_tokens_details", "input_tokens_details"}, "cached_tokens");
  }
  // Only the split into hits and misses was given.
  if (usage.prompt_tokens() == 0) {
    usage.set_prompt_tokens(cached + Count(source, {"prompt_cache_miss_tokens"}));
  }
  usage.set_cached_prompt_tokens(std::min(cached, usage.prompt_tokens()));
  usage.set_reasoning_tokens(
      CountIn(source, {"completion_tokens_details", "output_tokens_details"}, "reasoning_tokens"));
  return usage;
}

// The object itself, or the only element of the array around it (Gemini's OpenAI-compatible
// errors).
bool FindObject(dom::element root, dom::element& object) {
  if (root.is_object()) {
    object = root;
    return true;
  }
  dom::array array;
  return root.get(array) == simdjson::SUCCESS && array.size() == 1 &&
         array.at(0).get(object) == simdjson::SUCCESS && object.is_object();
}

static_assert(kJsonPadding == simdjson::SIMDJSON_PADDING);

// `texts_bytes`: of what is in memory beside what is read of it. CAPACITY if it takes too much.
simdjson::error_code Parse(const std::string& text, size_t texts_bytes, dom::parser& parser,
                           dom::element& root) {
  const bool is_copied = text.capacity() - text.size() < kJsonPadding;
  const size_t bytes = texts_bytes + (is_copied ? text.size() : 0);
  if (text.size() > kSmallBytes && bytes + ParsedJsonSize(text) > kJsonReadBytesMax) {
    return simdjson::CAPACITY;
  }
  if (parser.allocate(text.size(), kJsonDepthMax) != simdjson::SUCCESS) return simdjson::MEMALLOC;
  return parser.parse(text).get(root);
}

// What is read lives in the parser, not in the text.
simdjson::error_code ParseRepaired(const std::string& original, dom::parser& parser,
                                   dom::element& root) {
  std::string text;
  text.reserve(original.size() + kJsonPadding);
  text = original;
  if (!RepairNumbers(text)) return simdjson::NUMBER_ERROR;
  return Parse(text, original.size() + text.size(), parser, root);
}

AnswerBody::Form FormOf(simdjson::error_code code) {
  if (code == simdjson::DEPTH_ERROR) return AnswerBody::Form::kTooDeep;
  if (code == simdjson::CAPACITY) return AnswerBody::Form::kTooDense;
  return AnswerBody::Form::kNotJson;
}

}  // namespace

bool IsKnownFinishReason(absl::string_view reason) {
  return reason == "stop" || reason == "length" || reason == "tool_calls" ||
         reason == "content_filter" || reason == "function_call";
}

AnswerBody ReadAnswerBody(const std::string& text, bool refused) {
  AnswerBody body;
  if (absl::StripAsciiWhitespace(text).empty()) return body;
  dom::parser parser;
  dom::element root;
  simdjson::error_code code = Parse(text, text.size(), parser, root);
  if (code == simdjson::NUMBER_ERROR) code = ParseRepaired(text, parser, root);
  if (code != simdjson::SUCCESS) {
    body.form = FormOf(code);
    return body;
  }
  dom::element object;
  if (!FindObject(root, object)) {
    body.form = AnswerBody::Form::kNotObject;
    return body;
  }
  body.form = AnswerBody::Form::kObject;
  body.error = ReadErrorMember(object);
  const bool named_error = TextMember(object, "object", kNameBytesMax) == "error" ||
                           TextMember(object, "type", kNameBytesMax) == "error";
  if (!body.error && (refused || named_error)) body.error = ReadErrorObject(object);
  ReadChoices(object, body);
  body.has_data = HasElements(object, "data");
  body.model = TextMember(object, "model", kNameBytesMax);
  body.usage = ReadUsage(object);
  return body;
}

}  // namespace lull
