#include "tools/lull/up/log_tail.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/lull/terminal.h"

namespace lull {
namespace {

constexpr int64_t kTailBytesMax = 16 * 1024;
constexpr size_t kTailLinesMax = 10;

std::string LineText(absl::string_view line) {
  using Json = nlohmann::ordered_json;
  const Json json = Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("msg") || !json["msg"].is_string()) {
    return Printable(line, LineBreaks::kEscape);
  }
  const bool has_level = json.contains("level") && json["level"].is_string();
  std::string text = absl::StrCat(has_level ? json["level"].get<std::string>() : "log", ": ",
                                  json["msg"].get<std::string>());
  for (const auto& [key, value] : json.items()) {
    if (key == "time" || key == "level" || key == "component" || key == "msg") continue;
    absl::StrAppend(&text, " ", key, "=",
                    value.is_string() ? value.get<std::string>() : value.dump());
  }
  return Printable(text, LineBreaks::kEscape);
}

}  // namespace

int64_t FileSize(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

std::string LogTail(const std::string& path, int64_t offset) {
  const int64_t begin = std::max(offset, FileSize(path) - kTailBytesMax);
  std::ifstream file(path, std::ios::binary);
  file.seekg(begin);
  std::string content(kTailBytesMax, '\0');
  file.read(content.data(), kTailBytesMax);
  content.resize(static_cast<size_t>(file.gcount()));
  std::vector<absl::string_view> lines = absl::StrSplit(content, '\n', absl::SkipWhitespace());
  const size_t first = lines.size() - std::min(lines.size(), kTailLinesMax);
  std::string text;
  for (size_t i = first; i < lines.size(); ++i)
    absl::StrAppend(&text, "  ", LineText(lines[i]), "\n");
  return text;
}

void RotateLog(const std::string& path, int64_t bytes_max) {
  if (FileSize(path) <= bytes_max) return;
  std::error_code error;
  std::filesystem::copy_file(path, path + ".1", std::filesystem::copy_options::overwrite_existing,
                             error);
  if (!error) std::filesystem::resize_file(path, 0, error);
}

}  // namespace lull
