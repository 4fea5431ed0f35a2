#include "base/yaml/yaml_source.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lull {
namespace {

constexpr std::size_t kMaxErrors = 100;
constexpr std::size_t kMaxQuotedBytes = 60;
constexpr std::size_t kMaxPathBytes = 200;

// On one line and bounded, whatever the file holds.
std::string Shown(absl::string_view text, std::size_t max_bytes) {
  std::size_t length = std::min(text.size(), max_bytes);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  return absl::StrCat(absl::Utf8SafeCEscape(text.substr(0, length)),
                      length < text.size() ? "…" : "");
}

// Whatever the file holds may stand in what is said about it.
std::string OnOneLine(absl::string_view text) {
  std::string line;
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppend(&line, absl::CEscape(absl::string_view(&c, 1)));
    } else {
      line.push_back(c);
    }
  }
  return line;
}

}  // namespace

YamlSource::YamlSource(std::string file_name) : file_name_(std::move(file_name)) {}

void YamlSource::SetLine(const std::string& path, int line) { lines_[path] = line; }

int YamlSource::LineOf(absl::string_view path) const {
  while (!path.empty()) {
    const auto found = lines_.find(path);
    if (found != lines_.end()) return found->second;
    const std::size_t end = path.find_last_of(".[");
    path = path.substr(0, end == absl::string_view::npos ? 0 : end);
  }
  return 1;
}

void YamlSource::AddError(absl::string_view path, absl::string_view what) {
  AddErrorAt(LineOf(path), path, what);
}

void YamlSource::AddErrorAt(int line, absl::string_view path, absl::string_view what) {
  if (!path.empty() && !faulty_paths_.insert(std::string(path)).second) return;
  ++error_count_;
  if (errors_.size() == kMaxErrors) return;
  errors_.push_back({line, absl::StrCat(file_name_, ":", line, ": ", Shown(path, kMaxPathBytes),
                                        path.empty() ? "" : ": ", OnOneLine(what))});
}

void YamlSource::Excuse(absl::string_view path) { faulty_paths_.insert(std::string(path)); }

absl::Status YamlSource::status() const {
  if (ok()) return absl::OkStatus();
  std::vector<Error> sorted = errors_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Error& a, const Error& b) { return a.line < b.line; });
  std::string text = absl::StrJoin(
      sorted, "\n", [](std::string* out, const Error& error) { absl::StrAppend(out, error.text); });
  const std::size_t untold = static_cast<std::size_t>(error_count_) - errors_.size();
  if (untold > 0) absl::StrAppend(&text, "\n", file_name_, ": and ", untold, " more errors");
  return absl::InvalidArgumentError(text);
}

std::string ShownValue(absl::string_view value) { return Shown(value, kMaxQuotedBytes); }

std::string QuotedValue(absl::string_view value) {
  return absl::StrCat("\"", ShownValue(value), "\"");
}

}  // namespace lull
