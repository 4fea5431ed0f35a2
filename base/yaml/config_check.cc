#include "base/yaml/config_check.h"

#include <algorithm>
#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/yaml/nearest_name.h"

namespace lull {
namespace {

constexpr int kMaxTags = 16;
constexpr int kMaxTagSize = 63;
// More names than this are not listed in a message.
constexpr std::size_t kMaxListedNames = 20;

bool HasOnly(absl::string_view value, absl::string_view marks) {
  return std::all_of(value.begin(), value.end(), [marks](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains(marks, c);
  });
}

bool IsWord(absl::string_view value, absl::string_view marks, int max_size) {
  return !value.empty() && value.size() <= static_cast<std::size_t>(max_size) &&
         HasOnly(value, marks);
}

std::string WrongWord(absl::string_view value, absl::string_view marks, int max_size) {
  return absl::StrCat(QuotedValue(value), " is not allowed: from 1 to ", max_size,
                      " letters, digits and \"", marks, "\" are");
}

}  // namespace

absl::Duration ConfigDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

void ConfigCheck::MissingUnlessGiven(absl::string_view path) {
  if (!source_->Has(path)) Wrong(path, "is missing and has to be given");
}

void ConfigCheck::Name(absl::string_view path, absl::string_view value, int max_size) {
  if (value.empty()) MissingUnlessGiven(path);
  if (!IsWord(value, "-_.", max_size)) Wrong(path, WrongWord(value, "-_.", max_size));
}

void ConfigCheck::DifferentNames(absl::string_view path, const std::vector<std::string>& names) {
  absl::flat_hash_map<absl::string_view, std::size_t> first;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    const auto [other, is_new] = first.emplace(names[i], i);
    if (is_new) continue;
    const std::string other_path = absl::StrCat(path, "[", other->second, "].name");
    Wrong(absl::StrCat(path, "[", i, "].name"),
          absl::StrCat(QuotedValue(names[i]), " is taken already, by ", path, "[", other->second,
                       "] in line ", source_->LineOf(other_path)));
  }
}

void ConfigCheck::Reference(absl::string_view path, absl::string_view value, absl::string_view kind,
                            const std::vector<std::string>& names) {
  if (value.empty()) MissingUnlessGiven(path);
  if (std::find(names.begin(), names.end(), value) != names.end()) return;
  const std::string guess = DidYouMean(value, names);
  std::string known;
  if (guess.empty() && !names.empty() && names.size() <= kMaxListedNames) {
    known = absl::StrCat("; there are ", absl::StrJoin(names, ", "));
  }
  Wrong(path, absl::StrCat("there is no ", kind, " ", QuotedValue(value), guess, known));
}

void ConfigCheck::Range(absl::string_view path, int64_t value, int64_t min, int64_t max) {
  if (value == 0 && !source_->Has(path)) return;
  if (value >= min && value <= max) return;
  Wrong(path, absl::StrCat(value, " is not allowed: from ", min, " to ", max, " is"));
}

void ConfigCheck::Fraction(absl::string_view path, double value, double min, double max) {
  if (value >= min && value <= max) return;
  Wrong(path, absl::StrCat(value, " is not allowed: from ", min, " to ", max, " is"));
}

void ConfigCheck::Time(absl::string_view path, bool given, const google::protobuf::Duration& value,
                       absl::Duration min, absl::Duration max) {
  const absl::Duration duration = ConfigDuration(value);
  if (!given || (duration >= min && duration <= max)) return;
  Wrong(path, absl::StrCat(absl::FormatDuration(duration), " is not allowed: from ",
                           absl::FormatDuration(min), " to ", absl::FormatDuration(max), " is"));
}

void ConfigCheck::Count(absl::string_view path, int size, int min, int max) {
  if (size == 0 && min > 0) MissingUnlessGiven(path);
  if (size >= min && size <= max) return;
  Wrong(path, absl::StrCat("has ", size, " entries; from ", min, " to ", max, " are allowed"));
}

void ConfigCheck::Tags(absl::string_view path,
                       const google::protobuf::RepeatedPtrField<std::string>& tags) {
  Count(path, tags.size(), 0, kMaxTags);
  for (int i = 0; i < tags.size(); ++i) {
    if (IsWord(tags[i], "-_.=:/", kMaxTagSize)) continue;
    Wrong(absl::StrCat(path, "[", i, "]"), WrongWord(tags[i], "-_.=:/", kMaxTagSize));
  }
}

}  // namespace lull
