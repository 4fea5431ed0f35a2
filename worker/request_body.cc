#include "worker/request_body.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "simdjson.h"

namespace lull {
namespace {

namespace ondemand = simdjson::ondemand;

// The bytes [begin, end) of the body make way for `text`.
struct Splice {
  size_t begin;
  size_t end;
  std::string text;
};

std::string JsonString(absl::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

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

struct Plan {
  std::vector<Splice> splices;
  bool has_model = false;
  bool empty = true;
};

simdjson::error_code FindSplices(const simdjson::padded_string& json, const RequestBodyEdits& edits,
                                 Plan& plan) {
  ondemand::parser parser;
  ondemand::document document;
  if (const auto code = parser.iterate(json).get(document)) return code;
  ondemand::object object;
  if (const auto code = document.get_object().get(object)) return code;
  for (auto field : object) {
    plan.empty = false;
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return code;
    const bool is_model = key == "model" && !edits.model.empty();
    const bool is_stream = key == "stream" && edits.plain_answer;
    const bool is_options = key == "stream_options" && edits.plain_answer;
    if (!is_model && !is_stream && !is_options) continue;
    plan.has_model |= is_model;
    ondemand::value value;
    if (const auto code = field.value().get(value)) return code;
    std::string_view raw;
    if (const auto code = RawValue(value, raw)) return code;
    const size_t begin = raw.data() - json.data();
    plan.splices.push_back({begin, begin + raw.size(),
                            is_model    ? JsonString(edits.model)
                            : is_stream ? "false"
                                        : "null"});
  }
  return simdjson::SUCCESS;
}

}  // namespace

absl::StatusOr<std::string> EditRequestBody(absl::string_view body, const RequestBodyEdits& edits) {
  const simdjson::padded_string json(body.data(), body.size());
  Plan plan;
  if (const auto code = FindSplices(json, edits, plan)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the request body is no JSON object: ", simdjson::error_message(code)));
  }
  std::string edited;
  edited.reserve(body.size() + edits.model.size() + 16);
  size_t copied = 0;
  if (!plan.has_model && !edits.model.empty()) {
    copied = body.find('{') + 1;
    absl::StrAppend(&edited, body.substr(0, copied), "\"model\":", JsonString(edits.model),
                    plan.empty ? "" : ",");
  }
  for (const Splice& splice : plan.splices) {
    absl::StrAppend(&edited, body.substr(copied, splice.begin - copied), splice.text);
    copied = splice.end;
  }
  absl::StrAppend(&edited, body.substr(copied));
  return edited;
}

}  // namespace lull
