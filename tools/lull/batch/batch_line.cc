#include "tools/lull/batch/batch_line.h"

#include <simdjson.h>

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace lull {
namespace {

constexpr size_t kCustomIdBytesMax = 256;
constexpr size_t kUrlBytesMax = 256;

// As the API wants Request.path to be.
bool IsApiPath(absl::string_view url) {
  if (url.empty() || url.front() != '/' || url.size() > kUrlBytesMax) return false;
  for (char c : url) {
    if (!absl::ascii_isalnum(c) && !absl::StrContains("-._/", c)) return false;
  }
  return !absl::StrContains(url, "//") && !absl::StrContains(url, "..");
}

// A value as a person would recognise it in a message.
std::string Excerpt(absl::string_view value) {
  constexpr size_t kExcerptBytes = 60;
  if (value.size() <= kExcerptBytes) return absl::StrCat("\"", value, "\"");
  size_t cut = kExcerptBytes;
  while (cut > 0 && (static_cast<unsigned char>(value[cut]) & 0xc0) == 0x80) --cut;
  return absl::StrCat("\"", value.substr(0, cut), "…\"");
}

// The member as a string; adds to `faults` when it is missing or no string.
std::string StringMember(simdjson::dom::object object, const char* name,
                         std::vector<std::string>* faults) {
  simdjson::dom::element element;
  std::string_view text;
  if (object[name].get(element) != simdjson::SUCCESS) {
    faults->push_back(absl::StrCat("\"", name, "\" is missing"));
  } else if (element.get(text) != simdjson::SUCCESS) {
    faults->push_back(absl::StrCat("\"", name, "\" has to be a string, not ",
                                   std::string(simdjson::minify(element)).substr(0, 60)));
  }
  return std::string(text);
}

void CheckBody(simdjson::dom::object object, std::vector<std::string>* faults) {
  simdjson::dom::element element;
  simdjson::dom::object body;
  if (object["body"].get(element) != simdjson::SUCCESS) {
    faults->push_back("\"body\" is missing");
    return;
  }
  if (element.get(body) != simdjson::SUCCESS) {
    faults->push_back("\"body\" has to be an object");
    return;
  }
  std::string_view model;
  if (body["model"].get(model) != simdjson::SUCCESS || model.empty()) {
    faults->push_back("\"body.model\" has to be the name of a model");
  }
  bool stream = false;
  if (body["stream"].get(stream) == simdjson::SUCCESS && stream) {
    faults->push_back("\"body.stream\" is true, but an answer in a file is always whole");
  }
}

}  // namespace

struct BatchLineParser::Parsers {
  // Both parsers need readable bytes behind the text.
  simdjson::padded_string_view Pad(absl::string_view line) {
    text.assign(line.data(), line.size());
    text.reserve(line.size() + simdjson::SIMDJSON_PADDING);
    return simdjson::padded_string_view(text.data(), text.size(), text.capacity());
  }

  // Checks all of the text, which the on-demand parser does not.
  absl::StatusOr<simdjson::dom::object> ParseObject(absl::string_view line) {
    const simdjson::padded_string_view padded = Pad(line);
    simdjson::dom::element root;
    if (const auto error = dom.parse(padded.data(), padded.size(), false).get(root)) {
      return absl::InvalidArgumentError(absl::StrCat("not JSON: ", simdjson::error_message(error)));
    }
    simdjson::dom::object object;
    if (root.get(object) != simdjson::SUCCESS) {
      return absl::InvalidArgumentError("not a JSON object");
    }
    return object;
  }

  // The bytes of the member "body" of a text that ParseObject() has found to be right.
  std::string RawBody(absl::string_view line) {
    simdjson::ondemand::document document;
    simdjson::ondemand::object body;
    std::string_view raw;
    if (on_demand.iterate(Pad(line)).get(document) || document["body"].get_object().get(body) ||
        body.raw_json().get(raw)) {
      return std::string();
    }
    return std::string(absl::StripAsciiWhitespace({raw.data(), raw.size()}));
  }

  std::string text;
  simdjson::dom::parser dom;
  simdjson::ondemand::parser on_demand;
};

BatchLineParser::BatchLineParser() : parsers_(std::make_unique<Parsers>()) {}
BatchLineParser::~BatchLineParser() = default;
BatchLineParser::BatchLineParser(BatchLineParser&&) noexcept = default;
BatchLineParser& BatchLineParser::operator=(BatchLineParser&&) noexcept = default;

absl::StatusOr<BatchLine> BatchLineParser::Parse(absl::string_view text) {
  LULL_ASSIGN_OR_RETURN(const simdjson::dom::object object, parsers_->ParseObject(text));
  std::vector<std::string> faults;
  BatchLine line;
  line.custom_id = StringMember(object, "custom_id", &faults);
  line.method = StringMember(object, "method", &faults);
  line.url = StringMember(object, "url", &faults);
  CheckBody(object, &faults);
  if (faults.empty()) {
    if (line.custom_id.empty() || line.custom_id.size() > kCustomIdBytesMax) {
      faults.push_back(absl::StrCat("\"custom_id\" has ", line.custom_id.size(),
                                    " bytes, allowed are 1 to ", kCustomIdBytesMax));
    }
    if (line.method != "POST") {
      faults.push_back(
          absl::StrCat("\"method\" is ", Excerpt(line.method), ", allowed is \"POST\""));
    }
    if (!IsApiPath(line.url)) {
      faults.push_back(absl::StrCat("\"url\" is ", Excerpt(line.url),
                                    ", allowed is a path such as \"/v1/chat/completions\""));
    }
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "; "));
  line.body = parsers_->RawBody(text);
  if (line.body.empty()) return absl::InvalidArgumentError("\"body\" cannot be read");
  return line;
}

absl::StatusOr<std::string> BatchLineParser::ParseCustomId(absl::string_view text) {
  LULL_ASSIGN_OR_RETURN(const simdjson::dom::object object, parsers_->ParseObject(text));
  std::vector<std::string> faults;
  std::string custom_id = StringMember(object, "custom_id", &faults);
  if (!faults.empty()) return absl::InvalidArgumentError(faults.front());
  return custom_id;
}

}  // namespace lull
