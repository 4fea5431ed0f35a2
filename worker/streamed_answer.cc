#include "worker/streamed_answer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "simdjson.h"
#include "worker/answer_body.h"
#include "worker/growing_json.h"
#include "worker/json_repair.h"
#include "worker/json_string.h"

namespace lull {
namespace {

namespace dom = simdjson::dom;

bool IsSet(dom::element object, const char* name) {
  dom::element member;
  if (object[name].get(member) != simdjson::SUCCESS || member.is_null()) return false;
  std::string_view text;
  return member.get(text) != simdjson::SUCCESS || !text.empty();
}

bool IsError(dom::element object) {
  for (const char* name : {"object", "type"}) {
    std::string_view kind;
    if (object[name].get(kind) == simdjson::SUCCESS && kind == "error") return true;
  }
  if (IsSet(object, "error")) return true;
  dom::array choices;
  if (object["choices"].get(choices) != simdjson::SUCCESS) return false;
  for (dom::element choice : choices) {
    if (choice.is_object() && IsSet(choice, "error")) return true;
  }
  return false;
}

// Whether some text that is not empty stands in it, other than the names by which a provider may
// introduce it with every chunk. No deeper than kJsonDepthMax.
bool SaysSomething(dom::element element) {
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return !text.empty();
  dom::array list;
  if (element.get(list) == simdjson::SUCCESS) {
    return std::any_of(list.begin(), list.end(), SaysSomething);
  }
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return false;
  for (const dom::key_value_pair& field : object) {
    const bool introduces = field.key != "name" && IsSaidWhole(field.key);
    if (!introduces && SaysSomething(field.value)) return true;
  }
  return false;
}

// See StreamedAnswer::took_content.
bool HasContent(dom::element chunk) {
  if (IsSet(chunk, "usage")) return true;
  dom::array choices;
  if (chunk["choices"].get(choices) != simdjson::SUCCESS) return false;
  for (dom::element choice : choices) {
    if (!choice.is_object()) continue;
    if (IsSet(choice, "finish_reason")) return true;
    for (const char* name : {"delta", "text"}) {
      dom::element piece;
      if (choice[name].get(piece) == simdjson::SUCCESS && SaysSomething(piece)) return true;
    }
  }
  return false;
}

}  // namespace

struct StreamedAnswer::Chunks {
  struct Choice {
    GrowingJson message;
    bool has_message = false;
    GrowingJson others;  // an object of text, logprobs, finish_reason, …
  };

  // False as GrowingJson::Merge.
  bool Take(dom::element chunk, int64_t& bytes_left);
  bool TakeChoice(dom::element from, int64_t& bytes_left);
  // `size`: what it takes, about.
  std::string Json(size_t size) const;

  // False when `data` is no object. What was read of the event before is gone.
  bool Parse(absl::string_view data, dom::element& chunk);

  std::string text;  // of the event taken last, with room behind it for simdjson
  dom::parser parser;
  std::vector<std::pair<std::string, std::string>> head;  // id, created, model, …: JSON
  std::map<int64_t, Choice> choices;
  std::string usage;  // JSON
};

bool StreamedAnswer::Chunks::Parse(absl::string_view data, dom::element& chunk) {
  text.reserve(data.size() + simdjson::SIMDJSON_PADDING);
  text.assign(data.data(), data.size());
  // An emoji that the upstream cut in two comes in two events, and each half becomes U+FFFD.
  RepairSurrogates(text);
  if (parser.allocate(text.size(), kJsonDepthMax) != simdjson::SUCCESS) return false;
  simdjson::error_code code = parser.parse(text).get(chunk);
  if (code == simdjson::NUMBER_ERROR && RepairNumbers(text)) code = parser.parse(text).get(chunk);
  return code == simdjson::SUCCESS && chunk.is_object();
}

bool StreamedAnswer::Chunks::Take(dom::element chunk, int64_t& bytes_left) {
  dom::object object;
  if (chunk.get(object) != simdjson::SUCCESS) return false;
  for (const dom::key_value_pair& field : object) {
    if (field.value.is_null() || field.key == "object") continue;
    dom::array list;
    if (field.key == "choices") {
      if (field.value.get(list) != simdjson::SUCCESS) continue;
      for (dom::element choice : list) {
        if (!TakeChoice(choice, bytes_left)) return false;
      }
    } else if (field.key == "usage") {
      usage = simdjson::minify(field.value);
    } else {
      const auto is_known = [&](const auto& known) { return known.first == field.key; };
      if (std::any_of(head.begin(), head.end(), is_known)) continue;
      std::string json = simdjson::minify(field.value);
      bytes_left -= static_cast<int64_t>(json.size()) + kJsonMemberBytes;
      if (bytes_left < 0 || head.size() >= kJsonMembersMax) return false;
      head.emplace_back(std::string(field.key), std::move(json));
    }
  }
  return true;
}

bool StreamedAnswer::Chunks::TakeChoice(dom::element from, int64_t& bytes_left) {
  dom::object object;
  if (from.get(object) != simdjson::SUCCESS) return false;
  const int64_t index = JsonIndexOf(from).value_or(0);
  if (index < 0 || index > kJsonIndexMax) return false;
  const auto [known_choice, is_new] = choices.try_emplace(index);
  if (is_new) bytes_left -= kJsonMemberBytes;
  if (bytes_left < 0) return false;
  Choice& choice = known_choice->second;
  for (const dom::key_value_pair& field : object) {
    if (field.key == "index") continue;
    if (field.key == "delta") {
      choice.has_message = true;
      if (!choice.message.Merge("delta", field.value, bytes_left)) return false;
      continue;
    }
    if (!choice.others.MergeMember(field.key, field.value, bytes_left)) return false;
  }
  return true;
}

std::string StreamedAnswer::Chunks::Json(size_t size) const {
  if (choices.empty() && usage.empty()) return "";
  const bool is_chat = std::any_of(choices.begin(), choices.end(),
                                   [](const auto& choice) { return choice.second.has_message; });
  // Into one string with room for all of it: an answer may be large, and is in memory once already.
  std::string json;
  json.reserve(size + usage.size());
  json = is_chat ? "{\"object\":\"chat.completion\"" : "{\"object\":\"text_completion\"";
  for (const auto& [name, value] : head) {
    absl::StrAppend(&json, ",", WriteJsonString(name), ":", value);
  }
  absl::StrAppend(&json, ",\"choices\":[");
  const char* separator = "";
  for (const auto& [index, choice] : choices) {
    absl::StrAppend(&json, separator, "{\"index\":", index);
    separator = ",";
    if (choice.has_message) {
      absl::StrAppend(&json, ",\"message\":");
      choice.message.AppendJson(json);
    }
    bool has_finish = false;
    for (const auto& [name, member] : choice.others.members()) {
      absl::StrAppend(&json, ",", WriteJsonString(name), ":");
      member.AppendJson(json);
      has_finish |= name == "finish_reason";
    }
    absl::StrAppend(&json, has_finish ? "}" : ",\"finish_reason\":null}");
  }
  absl::StrAppend(&json, "]");
  if (!usage.empty()) absl::StrAppend(&json, ",\"usage\":", usage);
  json += '}';
  return json;
}

StreamedAnswer::StreamedAnswer(int64_t bytes_max)
    : bytes_max_(bytes_max), bytes_left_(bytes_max), chunks_(std::make_unique<Chunks>()) {}

StreamedAnswer::~StreamedAnswer() = default;

StreamedAnswer::State StreamedAnswer::Take(absl::string_view data) {
  took_content_ = false;
  if (state_ != State::kOpen) return state_;
  took_content_ = true;
  if (data == "[DONE]") return state_ = State::kDone;
  dom::element chunk;
  if (!chunks_->Parse(data, chunk)) {
    instead_ = std::string(data);
    return state_ = State::kUnusable;
  }
  if (IsError(chunk)) {
    if (instead_.empty()) instead_ = std::string(data);
    return state_;
  }
  took_content_ = HasContent(chunk);
  if (!chunks_->Take(chunk, bytes_left_)) state_ = State::kTooLarge;
  return state_;
}

std::string StreamedAnswer::TakeBody() {
  constexpr size_t kFrameBytes = 256;
  const size_t size = static_cast<size_t>(std::min(bytes_max_, bytes_max_ - bytes_left_));
  std::string body =
      instead_.empty() ? chunks_->Json(size + kFrameBytes + kJsonPadding) : std::move(instead_);
  chunks_ = std::make_unique<Chunks>();  // its memory is needed for reading the body
  return body;
}

}  // namespace lull
