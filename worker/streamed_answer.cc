#include "worker/streamed_answer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "simdjson.h"
#include "worker/answer_body.h"
#include "worker/json_repair.h"

namespace lull {
namespace {

namespace dom = simdjson::dom;

// What a member, or an element with an index, costs beside its text, so that many small ones are
// bounded too.
constexpr int64_t kMemberBytes = 64;
constexpr int64_t kIndexMax = 127;  // of choices and tool calls
constexpr size_t kMembersMax = 128;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

std::string JsonString(absl::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// As JSON, where a control character takes six bytes.
int64_t WrittenSize(absl::string_view text) {
  int64_t size = 0;
  for (const unsigned char c : text) size += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
  return size;
}

// Strings that stand for themselves: some providers send them in every chunk.
bool IsWhole(absl::string_view name) {
  return name == "id" || name == "type" || name == "role" || name == "name" || name == "format";
}

std::optional<int64_t> IndexOf(dom::element element) {
  int64_t index;
  if (!element.is_object() || element["index"].get(index) != simdjson::SUCCESS) return std::nullopt;
  return index;
}

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
    const bool introduces = field.key != "name" && IsWhole(View(field.key));
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

// A JSON value that grows with every chunk: texts and lists become longer, objects get more
// members, elements with an `index` are told apart by it, anything else is replaced.
class Growing {
 public:
  // False when the bytes left do not suffice or an index or a number of members is absurd.
  bool Merge(absl::string_view name, dom::element from, int64_t& bytes_left);
  void AppendJson(std::string& json) const;

 private:
  enum class Kind { kNull, kText, kList, kIndexed, kObject, kOther };

  bool MergeText(absl::string_view name, absl::string_view text, int64_t& bytes_left);
  bool MergeList(dom::array list, int64_t& bytes_left);
  // `json`: elements with commas between.
  bool AppendElements(absl::string_view json, int64_t& bytes_left);
  bool MergeObject(dom::object object, int64_t& bytes_left, bool skip_index);
  Growing* MemberOf(absl::string_view name, int64_t& bytes_left);
  void Become(Kind kind) {
    if (kind_ == kind) return;
    *this = Growing();
    kind_ = kind;
  }

  Kind kind_ = Kind::kNull;
  std::string
      text_;  // kText; the JSON of kOther; that of the elements of kList with commas between
  std::map<int64_t, Growing> indexed_;
  std::vector<std::pair<std::string, Growing>> members_;
};

bool Growing::Merge(absl::string_view name, dom::element from, int64_t& bytes_left) {
  if (from.is_null()) return true;
  std::string_view text;
  if (from.get(text) == simdjson::SUCCESS) return MergeText(name, View(text), bytes_left);
  dom::array list;
  if (from.get(list) == simdjson::SUCCESS) return MergeList(list, bytes_left);
  dom::object object;
  if (from.get(object) == simdjson::SUCCESS) return MergeObject(object, bytes_left, false);
  Become(Kind::kOther);
  text_ = simdjson::minify(from);
  return true;
}

bool Growing::MergeText(absl::string_view name, absl::string_view text, int64_t& bytes_left) {
  Become(Kind::kText);
  if (IsWhole(name) && !text_.empty()) return true;
  const bool replace = name == "finish_reason";
  bytes_left -= WrittenSize(text);
  if (bytes_left < 0) return false;
  if (replace) text_.clear();
  text_.append(text.data(), text.size());
  return true;
}

bool Growing::MergeList(dom::array list, int64_t& bytes_left) {
  const auto has_index = [](dom::element element) { return IndexOf(element).has_value(); };
  if (kind_ == Kind::kNull) kind_ = Kind::kList;
  if (std::none_of(list.begin(), list.end(), has_index)) {
    if (list.size() == 0) return true;
    const std::string json = simdjson::minify(list);  // at once: there may be many small elements
    return AppendElements(absl::string_view(json).substr(1, json.size() - 2), bytes_left);
  }
  for (dom::element element : list) {
    const std::optional<int64_t> index = IndexOf(element);
    if (!index) {
      if (!AppendElements(simdjson::minify(element), bytes_left)) return false;
      continue;
    }
    if (*index < 0 || *index > kIndexMax) return false;
    Become(Kind::kIndexed);
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return false;
    const auto [known, is_new] = indexed_.try_emplace(*index);
    if (is_new) bytes_left -= kMemberBytes;
    if (bytes_left < 0 || !known->second.MergeObject(object, bytes_left, true)) return false;
  }
  return true;
}

bool Growing::AppendElements(absl::string_view json, int64_t& bytes_left) {
  Become(Kind::kList);
  bytes_left -= static_cast<int64_t>(json.size() + 1);
  if (bytes_left < 0) return false;
  absl::StrAppend(&text_, text_.empty() ? "" : ",", json);
  return true;
}

bool Growing::MergeObject(dom::object object, int64_t& bytes_left, bool skip_index) {
  Become(Kind::kObject);
  for (const dom::key_value_pair& field : object) {
    if (skip_index && field.key == "index") continue;
    Growing* const member = MemberOf(View(field.key), bytes_left);
    if (member == nullptr || !member->Merge(View(field.key), field.value, bytes_left)) return false;
  }
  return true;
}

Growing* Growing::MemberOf(absl::string_view name, int64_t& bytes_left) {
  for (auto& [known, member] : members_) {
    if (known == name) return &member;
  }
  bytes_left -= kMemberBytes + WrittenSize(name);
  if (bytes_left < 0 || members_.size() >= kMembersMax) return nullptr;
  return &members_.emplace_back(std::string(name), Growing()).second;
}

void Growing::AppendJson(std::string& json) const {
  const char* separator = "";
  switch (kind_) {
    case Kind::kNull:
      absl::StrAppend(&json, "null");
      break;
    case Kind::kText:
      absl::StrAppend(&json, JsonString(text_));
      break;
    case Kind::kOther:
      absl::StrAppend(&json, text_);
      break;
    case Kind::kList:
      absl::StrAppend(&json, "[", text_, "]");
      break;
    case Kind::kIndexed:
      absl::StrAppend(&json, "[");
      for (const auto& [index, element] : indexed_) {
        absl::StrAppend(&json, separator);
        element.AppendJson(json);
        separator = ",";
      }
      absl::StrAppend(&json, "]");
      break;
    case Kind::kObject:
      absl::StrAppend(&json, "{");
      for (const auto& [name, member] : members_) {
        absl::StrAppend(&json, separator, JsonString(name), ":");
        member.AppendJson(json);
        separator = ",";
      }
      absl::StrAppend(&json, "}");
      break;
  }
}

}  // namespace

struct StreamedAnswer::Chunks {
  struct Choice {
    Growing message;
    bool has_message = false;
    std::vector<std::pair<std::string, Growing>> others;  // text, logprobs, finish_reason, …
  };

  // False as Growing::Merge.
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
      bytes_left -= static_cast<int64_t>(json.size()) + kMemberBytes;
      if (bytes_left < 0 || head.size() >= kMembersMax) return false;
      head.emplace_back(std::string(field.key), std::move(json));
    }
  }
  return true;
}

bool StreamedAnswer::Chunks::TakeChoice(dom::element from, int64_t& bytes_left) {
  dom::object object;
  if (from.get(object) != simdjson::SUCCESS) return false;
  const int64_t index = IndexOf(from).value_or(0);
  if (index < 0 || index > kIndexMax) return false;
  const auto [known_choice, is_new] = choices.try_emplace(index);
  if (is_new) bytes_left -= kMemberBytes;
  if (bytes_left < 0) return false;
  Choice& choice = known_choice->second;
  for (const dom::key_value_pair& field : object) {
    if (field.key == "index") continue;
    if (field.key == "delta") {
      choice.has_message = true;
      if (!choice.message.Merge("delta", field.value, bytes_left)) return false;
      continue;
    }
    auto found = std::find_if(choice.others.begin(), choice.others.end(),
                              [&](const auto& known) { return known.first == field.key; });
    if (found == choice.others.end()) {
      bytes_left -= kMemberBytes + WrittenSize(View(field.key));
      if (bytes_left < 0 || choice.others.size() >= kMembersMax) return false;
      found = choice.others.insert(found, {std::string(field.key), Growing()});
    }
    if (!found->second.Merge(View(field.key), field.value, bytes_left)) return false;
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
  for (const auto& [name, value] : head) absl::StrAppend(&json, ",", JsonString(name), ":", value);
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
    for (const auto& [name, member] : choice.others) {
      absl::StrAppend(&json, ",", JsonString(name), ":");
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
