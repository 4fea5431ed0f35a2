#include "base/yaml/yaml_source.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lull {
namespace {

constexpr std::size_t kMaxErrors = 100;
constexpr std::size_t kMaxQuotedBytes = 60;

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
  errors_.push_back(
      {line, absl::StrCat(file_name_, ":", line, ": ", path, path.empty() ? "" : ": ", what)});
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

std::string ShownValue(absl::string_view value) {
  std::size_t length = std::min(value.size(), kMaxQuotedBytes);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < value.size() && (value[length] & 0xC0) == 0x80) --length;
  return absl::StrCat(absl::Utf8SafeCEscape(value.substr(0, length)),
                      length < value.size() ? "…" : "");
}

std::string QuotedValue(absl::string_view value) {
  return absl::StrCat("\"", ShownValue(value), "\"");
}

}  // namespace lull
