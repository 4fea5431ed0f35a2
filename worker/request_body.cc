#include "worker/request_body.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "simdjson.h"
#include "worker/json_string.h"

namespace lull {
namespace {

namespace ondemand = simdjson::ondemand;

// The bytes [begin, end) of the body make way for `text`.
struct Splice {
  size_t begin;
  size_t end;
  std::string text;
};

// The value's own text within the document.
simdjson::error_code RawValue(ondemand::value value, std::string_view& raw) {
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return code;
  if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
    return simdjson::to_json_string(value).get(raw);
  }
  raw = value.raw_json_token();  // reaches to the next token
  while (!raw.empty() && absl::ascii_isspace(static_cast<unsigned char>(raw.back()))) {
    raw.remove_suffix(1);
  }
  return simdjson::SUCCESS;
}

// A top-level member and the text it is to have.
struct Edit {
  std::string_view name;
  std::string text;
  bool add = false;  // if it is missing
  bool found = false;
};

struct Plan {
  std::vector<Edit> edits;
  std::vector<Splice> splices;
  bool empty = true;
};

std::vector<Edit> EditsOf(const RequestBodyEdits& edits) {
  std::vector<Edit> list;
  if (!edits.model.empty()) list.push_back({"model", WriteJsonString(edits.model), true});
  if (edits.answer == RequestBodyEdits::Answer::kPlain) {
    list.push_back({"stream", "false"});
    list.push_back({"stream_options", "null"});
  } else if (edits.answer == RequestBodyEdits::Answer::kStreamed) {
    list.push_back({"stream", "true", true});
    list.push_back({"stream_options", R"({"include_usage":true})", true});
  }
  return list;
}

simdjson::error_code FindSplices(const simdjson::padded_string& json, Plan& plan) {
  ondemand::parser parser;
  ondemand::document document;
  if (const auto code = parser.iterate(json).get(document)) return code;
  ondemand::object object;
  if (const auto code = document.get_object().get(object)) return code;
  for (auto field : object) {
    plan.empty = false;
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return code;
    const auto edit = std::find_if(plan.edits.begin(), plan.edits.end(),
                                   [key](const Edit& known) { return known.name == key; });
    if (edit == plan.edits.end()) continue;
    edit->found = true;
    ondemand::value value;
    if (const auto code = field.value().get(value)) return code;
    std::string_view raw;
    if (const auto code = RawValue(value, raw)) return code;
    const size_t begin = raw.data() - json.data();
    plan.splices.push_back({begin, begin + raw.size(), edit->text});
  }
  return simdjson::SUCCESS;
}

// The missing members, to stand before all others.
std::string Added(const Plan& plan) {
  std::string added;
  for (const Edit& edit : plan.edits) {
    if (edit.found || !edit.add) continue;
    absl::StrAppend(&added, added.empty() ? "" : ",", "\"",
                    absl::string_view(edit.name.data(), edit.name.size()), "\":", edit.text);
  }
  if (!added.empty() && !plan.empty) added.push_back(',');
  return added;
}

}  // namespace

absl::StatusOr<std::string> EditRequestBody(absl::string_view body, const RequestBodyEdits& edits) {
  const simdjson::padded_string json(body.data(), body.size());
  Plan plan;
  plan.edits = EditsOf(edits);
  if (const auto code = FindSplices(json, plan)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the request body is no JSON object: ", simdjson::error_message(code)));
  }
  std::string edited;
  edited.reserve(body.size() + edits.model.size() + 80);
  size_t copied = 0;
  if (const std::string added = Added(plan); !added.empty()) {
    copied = body.find('{') + 1;
    absl::StrAppend(&edited, body.substr(0, copied), added);
  }
  for (const Splice& splice : plan.splices) {
    absl::StrAppend(&edited, body.substr(copied, splice.begin - copied), splice.text);
    copied = splice.end;
  }
  absl::StrAppend(&edited, body.substr(copied));
  return edited;
}

}  // namespace lull
