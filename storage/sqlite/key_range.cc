#include "storage/sqlite/key_range.h"

#include <algorithm>
#include <optional>

#include "base/status_macros.h"
#include "storage/sqlite/leaf_bounds.h"
#include "storage/sqlite/statement.h"

namespace lull {
namespace {

// nullopt: the table is empty.
absl::StatusOr<std::optional<KeyRange>> ReadSpan(Connection& connection, const char* span) {
  LULL_ASSIGN_OR_RETURN(Statement row, connection.Prepare(span));
  LULL_RETURN_IF_ERROR(row.Step().status());
  if (row.NextIsNull()) return std::nullopt;
  const int64_t least = row.Int();
  return KeyRange{least, row.Int()};
}

}  // namespace

absl::StatusOr<std::vector<KeyRange>> SplitKeys(Connection& connection, const char* span,
                                                int64_t least_width) {
  std::vector<KeyRange> ranges;
  LULL_ASSIGN_OR_RETURN(const std::optional<KeyRange> all, ReadSpan(connection, span));
  if (!all) return ranges;
  const auto [least, greatest] = *all;
  // Unsigned, so that nothing overflows in a damaged file either.
  const uint64_t distance = static_cast<uint64_t>(greatest) - static_cast<uint64_t>(least);
  const int64_t width = std::max(
      least_width, static_cast<int64_t>(distance / static_cast<uint64_t>(kMostKeyRanges)) + 1);
  int64_t first = least;
  while (static_cast<uint64_t>(greatest) - static_cast<uint64_t>(first) >=
         static_cast<uint64_t>(width)) {
    ranges.push_back({first, first + width - 1});
    first += width;
  }
  ranges.push_back({first, greatest});
  return ranges;
}

absl::StatusOr<std::vector<KeyRange>> SplitLeaves(Connection& connection, const char* span,
                                                  const char* root, int64_t leaves) {
  std::vector<KeyRange> ranges;
  LULL_ASSIGN_OR_RETURN(const std::optional<KeyRange> all, ReadSpan(connection, span));
  if (!all) return ranges;
  LULL_ASSIGN_OR_RETURN(const std::vector<int64_t> bounds, ReadLeafBounds(connection, root));
  KeyRange range = *all;
  int64_t taken = 0;
  for (const int64_t bound : bounds) {
    if (bound < all->first || bound >= all->last || ++taken % leaves != 0) continue;
    range.last = bound;
    ranges.push_back(range);
    range.first = bound + 1;
  }
  range.last = all->last;
  ranges.push_back(range);
  return ranges;
}

}  // namespace lull
