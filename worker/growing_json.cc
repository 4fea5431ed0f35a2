#include "worker/growing_json.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "worker/json_string.h"

namespace lull {
namespace {

namespace dom = simdjson::dom;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::optional<int64_t> JsonIndexOf(dom::element element) {
  int64_t index;
  if (!element.is_object() || element["index"].get(index) != simdjson::SUCCESS) return std::nullopt;
  return index;
}

bool IsSaidWhole(std::string_view name) {
  return name == "id" || name == "type" || name == "role" || name == "name" || name == "format";
}

bool GrowingJson::Merge(std::string_view name, dom::element from, int64_t& bytes_left) {
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

bool GrowingJson::MergeText(std::string_view name, absl::string_view text, int64_t& bytes_left) {
  Become(Kind::kText);
  if (IsSaidWhole(name) && !text_.empty()) return true;
  const bool replace = name == "finish_reason";
  bytes_left -= JsonStringSize(text);
  if (bytes_left < 0) return false;
  if (replace) text_.clear();
  text_.append(text.data(), text.size());
  return true;
}

bool GrowingJson::MergeList(dom::array list, int64_t& bytes_left) {
  const auto has_index = [](dom::element element) { return JsonIndexOf(element).has_value(); };
  if (kind_ == Kind::kNull) kind_ = Kind::kList;
  if (std::none_of(list.begin(), list.end(), has_index)) {
    if (list.size() == 0) return true;
    const std::string json = simdjson::minify(list);  // at once: there may be many small elements
    return AppendElements(absl::string_view(json).substr(1, json.size() - 2), bytes_left);
  }
  for (dom::element element : list) {
    const std::optional<int64_t> index = JsonIndexOf(element);
    if (!index) {
      if (!AppendElements(simdjson::minify(element), bytes_left)) return false;
      continue;
    }
    if (*index < 0 || *index > kJsonIndexMax) return false;
    Become(Kind::kIndexed);
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return false;
    const auto [known, is_new] = indexed_.try_emplace(*index);
    if (is_new) bytes_left -= kJsonMemberBytes;
    if (bytes_left < 0 || !known->second.MergeObject(object, bytes_left, true)) return false;
  }
  return true;
}

bool GrowingJson::AppendElements(absl::string_view json, int64_t& bytes_left) {
  Become(Kind::kList);
  bytes_left -= static_cast<int64_t>(json.size() + 1);
  if (bytes_left < 0) return false;
  absl::StrAppend(&text_, text_.empty() ? "" : ",", json);
  return true;
}

bool GrowingJson::MergeObject(dom::object object, int64_t& bytes_left, bool skip_index) {
  Become(Kind::kObject);
  for (const dom::key_value_pair& field : object) {
    if (skip_index && field.key == "index") continue;
    if (!MergeMember(field.key, field.value, bytes_left)) return false;
  }
  return true;
}

bool GrowingJson::MergeMember(std::string_view name, dom::element from, int64_t& bytes_left) {
  Become(Kind::kObject);
  GrowingJson* const member = MemberOf(name, bytes_left);
  return member != nullptr && member->Merge(name, from, bytes_left);
}

GrowingJson* GrowingJson::MemberOf(std::string_view name, int64_t& bytes_left) {
  for (auto& [known, member] : members_) {
    if (known == name) return &member;
  }
  bytes_left -= kJsonMemberBytes + JsonStringSize(View(name));
  if (bytes_left < 0 || members_.size() >= kJsonMembersMax) return nullptr;
  return &members_.emplace_back(std::string(name), GrowingJson()).second;
}

void GrowingJson::AppendJson(std::string& json) const {
  const char* separator = "";
  switch (kind_) {
    case Kind::kNull:
      absl::StrAppend(&json, "null");
      break;
    case Kind::kText:
      absl::StrAppend(&json, WriteJsonString(text_));
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
        absl::StrAppend(&json, separator, WriteJsonString(name), ":");
        member.AppendJson(json);
        separator = ",";
      }
      absl::StrAppend(&json, "}");
      break;
  }
}

}  // namespace lull
