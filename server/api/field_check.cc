#include "server/api/field_check.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/api/job_rules.h"
#include "server/api/quoted.h"

namespace lull {

std::optional<std::string> CheckRange(int64_t value, int64_t min, int64_t max) {
  if (value >= min && value <= max) return std::nullopt;
  return absl::StrCat("is ", value, "; from ", min, " to ", max, " is allowed");
}

std::optional<std::string> CheckEntries(int count, int max) {
  if (count >= 1 && count <= max) return std::nullopt;
  return absl::StrCat("has ", count, " entries; from 1 to ", max, " are allowed");
}

std::optional<std::string> CheckName(absl::string_view value, int max_size, absl::string_view also,
                                     bool may_be_empty) {
  const bool fits = value.size() <= static_cast<size_t>(max_size);
  const bool clean = std::all_of(value.begin(), value.end(), [also](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(also, c);
  });
  if (fits && clean && (may_be_empty || !value.empty())) return std::nullopt;
  return absl::StrCat("is ", Quoted(value), " (", value.size(), " characters); ",
                      may_be_empty ? "at most " : "from 1 to ", max_size,
                      " characters out of letters, digits and \"", also, "\" are allowed");
}

std::optional<std::string> CheckRequestId(absl::string_view value) {
  const bool printable = std::all_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  });
  if (printable && value.size() <= kMaxRequestIdSize) return std::nullopt;
  return absl::StrCat("is ", Quoted(value), " (", value.size(), " bytes); at most ",
                      kMaxRequestIdSize, " printable ASCII characters are allowed");
}

std::optional<std::string> CheckPath(absl::string_view path) {
  if (path.empty()) return "is missing; a path like \"/v1/chat/completions\" is required";
  if (auto wrong = CheckName(path, kMaxPathSize, "-._/", /*may_be_empty=*/false)) return wrong;
  if (path[0] != '/') return absl::StrCat("is ", Quoted(path), "; it has to begin with \"/\"");
  if (absl::StrContains(path, "//") || absl::StrContains(path, "..")) {
    return absl::StrCat("is ", Quoted(path), "; neither \"//\" nor \"..\" is allowed");
  }
  return std::nullopt;
}

std::optional<std::string> CheckWorkerId(absl::string_view worker_id) {
  return CheckName(worker_id, 63, "-_.", /*may_be_empty=*/false);
}

std::optional<std::string> CheckTag(absl::string_view tag) {
  return CheckName(tag, kMaxTagSize, "-_.=:/", /*may_be_empty=*/false);
}

}  // namespace lull
