#include "base/yaml/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace lull {
namespace {

// Longer names are not compared: the cost grows with the square, and a name this long is no typo.
constexpr std::size_t kMaxNameBytes = 64;

std::string Normalized(absl::string_view name) {
  std::string normalized = absl::AsciiStrToLower(name);
  std::replace(normalized.begin(), normalized.end(), '-', '_');
  return normalized;
}

// Letters to insert, remove or change to get from one to the other (Levenshtein).
std::size_t EditDistance(absl::string_view from, absl::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(absl::string_view name, const std::vector<std::string>& candidates) {
  if (name.size() > kMaxNameBytes) return "";
  const std::string wanted = Normalized(name);
  std::string nearest;
  // A third of the letters may be wrong, and two of a short name.
  std::size_t limit = std::max<std::size_t>(2, wanted.size() / 3);
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kMaxNameBytes) continue;
    const std::size_t distance = EditDistance(wanted, Normalized(candidate));
    if (distance >= std::max(wanted.size(), candidate.size())) continue;
    if (distance < limit || (distance == limit && nearest.empty())) {
      nearest = candidate;
      limit = distance;
    }
  }
  return nearest;
}

std::string DidYouMean(absl::string_view name, const std::vector<std::string>& candidates) {
  const std::string nearest = NearestName(name, candidates);
  return nearest.empty() ? "" : absl::StrCat(", did you mean \"", nearest, "\"?");
}

}  // namespace lull
