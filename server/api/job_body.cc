#include "server/api/job_body.h"

#include <simdjson.h>

#include <algorithm>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace lull {
namespace {

// simdjson counts the document itself as one level.
constexpr size_t kParserDepth = kMaxJsonDepth + 1;
constexpr size_t kKeptParserBytes = 16 << 10;

std::string ParseErrorText(simdjson::error_code error) {
  if (error == simdjson::DEPTH_ERROR) {
    return absl::StrCat("is nested too deep: at most ", kMaxJsonDepth, " levels are allowed");
  }
  return absl::StrCat("is not JSON in UTF-8: ", simdjson::error_message(error),
                      "; a JSON object is required");
}

absl::StatusOr<JobBody> ReadObject(const simdjson::dom::object& object) {
  JobBody result;
  for (const auto [key, value] : object) {
    if (key == "model") {
      std::string_view model;
      if (value.get_string().get(model) != simdjson::SUCCESS) {
        return absl::InvalidArgumentError("has a \"model\" that is not a string");
      }
      if (result.model) return absl::InvalidArgumentError("has more than one \"model\"");
      result.model = std::string(model);
    } else if (key == "stream") {
      bool stream = false;
      if (value.get_bool().get(stream) == simdjson::SUCCESS && stream) result.stream = true;
    }
  }
  return result;
}

}  // namespace

absl::StatusOr<JobBody> ReadJobBody(absl::string_view body) {
  // Making a parser takes longer than reading a usual body with it, so each thread keeps one; a
  // large body gets its own, whose memory goes with it.
  thread_local simdjson::dom::parser kept;
  simdjson::dom::parser own;
  simdjson::dom::parser& parser = body.size() <= kKeptParserBytes ? kept : own;
  const size_t capacity = std::max(body.size(), kKeptParserBytes);
  if (parser.capacity() < capacity &&
      parser.allocate(capacity, kParserDepth) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError(absl::StrCat("is too large: ", body.size(), " bytes"));
  }
  simdjson::dom::element element;
  const auto error = parser.parse(body.data(), body.size()).get(element);
  if (error != simdjson::SUCCESS) return absl::InvalidArgumentError(ParseErrorText(error));
  simdjson::dom::object object;
  if (element.get_object().get(object) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("is JSON, but not an object; a JSON object is required");
  }
  return ReadObject(object);
}

bool AsksForStream(absl::string_view body) {
  if (!absl::StrContains(body, "\"stream\"")) return false;
  const absl::StatusOr<JobBody> content = ReadJobBody(body);
  return content.ok() && content->stream;
}

}  // namespace lull
