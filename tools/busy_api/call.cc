#include "tools/busy_api/call.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tools/busy_api/hash.h"
#include "tools/busy_api/json_text.h"
#include "tools/busy_api/usage.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr int kDepthMax = 100;
constexpr int64_t kDimensionsMax = 100000;

// Writing nested values recurses, so their depth is bounded before they are built.
bool IsTooDeep(absl::string_view body) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDepthMax) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// What json::dump() writes, but plain text, which requests mostly consist of, is copied as a whole.
void AppendCanonical(const json& value, std::string* out) {
  if (value.is_string()) {
    AppendJsonString(value.get_ref<const std::string&>(), out);
  } else if (value.is_object()) {
    out->push_back('{');
    for (auto member = value.begin(); member != value.end(); ++member) {
      if (member != value.begin()) out->push_back(',');
      AppendJsonString(member.key(), out);
      out->push_back(':');
      AppendCanonical(*member, out);
    }
    out->push_back('}');
  } else if (value.is_array()) {
    out->push_back('[');
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out->push_back(',');
      AppendCanonical(value[i], out);
    }
    out->push_back(']');
  } else {
    out->append(value.dump());
  }
}

std::string Canonical(const json& value) {
  std::string out;
  AppendCanonical(value, &out);
  return out;
}

template <typename T>
T FieldOr(const json& object, const char* name, T otherwise) {
  const auto found = object.find(name);
  if (found == object.end()) return otherwise;
  if constexpr (std::is_same_v<T, bool>) return found->is_boolean() ? found->get<T>() : otherwise;
  if constexpr (std::is_same_v<T, std::string>) {
    return found->is_string() ? found->get<T>() : otherwise;
  }
}

std::optional<int64_t> OutputTokensMax(const json& body) {
  for (const char* name : {"max_completion_tokens", "max_tokens"}) {
    const auto found = body.find(name);
    if (found != body.end() && found->is_number_integer()) return found->get<int64_t>();
  }
  return std::nullopt;
}

absl::Status ReadContent(const json& body, const char* field, Call* call) {
  const auto content = body.find(field);
  if (content == body.end()) {
    return absl::InvalidArgumentError(absl::StrCat("Missing required parameter: '", field, "'."));
  }
  if (content->is_array()) {
    if (content->empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Invalid '", field, "': empty array. Expected at least one element."));
    }
    if (call->kind == Call::Kind::kEmbeddings) {
      for (const json& element : *content) call->inputs.push_back(Canonical(element));
    }
  } else if (call->kind == Call::Kind::kEmbeddings && content->is_string()) {
    call->inputs.push_back(Canonical(*content));
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("Invalid type for '", field, "': expected an array of objects."));
  }
  call->content = Canonical(*content);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Call> ParseCall(Call::Kind kind, absl::string_view text) {
  if (IsTooDeep(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat("The body is nested more than ", kDepthMax, " levels deep."));
  }
  const json body = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) {
    return absl::InvalidArgumentError("We could not parse the JSON body of your request.");
  }
  Call call;
  call.kind = kind;
  call.model = FieldOr<std::string>(body, "model", "");
  if (call.model.empty()) {
    return absl::InvalidArgumentError("you must provide a model parameter");
  }
  const char* field = kind == Call::Kind::kChat ? "messages" : "input";
  if (absl::Status status = ReadContent(body, field, &call); !status.ok()) return status;
  call.stream = kind == Call::Kind::kChat && FieldOr(body, "stream", false);
  const auto options = body.find("stream_options");
  call.include_usage =
      options != body.end() && options->is_object() && FieldOr(*options, "include_usage", false);
  call.output_tokens_max = OutputTokensMax(body);
  if (call.output_tokens_max.has_value() && *call.output_tokens_max < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("Invalid 'max_tokens': integer below minimum "
                     "value. Expected a value >= 1, but got ",
                     *call.output_tokens_max, " instead."));
  }
  call.base64 = FieldOr<std::string>(body, "encoding_format", "") == "base64";
  const auto dimensions = body.find("dimensions");
  if (kind == Call::Kind::kEmbeddings && dimensions != body.end()) {
    if (!dimensions->is_number_integer() || *dimensions < 1 || *dimensions > kDimensionsMax) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Invalid 'dimensions': expected an integer from 1 to ", kDimensionsMax, "."));
    }
    call.dimensions = dimensions->get<int64_t>();
  }
  call.prompt_tokens = EstimateTokens(call.content.size());
  call.content_hash = Sha256Hex(call.content);
  call.body_hash = Sha256Hex(text);
  return call;
}

}  // namespace lull
