// Some of a table's integer keys, for those who read it part by part.
#ifndef LULL_STORAGE_SQLITE_KEY_RANGE_H_
#define LULL_STORAGE_SQLITE_KEY_RANGE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/sqlite/connection.h"

namespace lull {

// From the first to the last, both of them in it.
struct KeyRange {
  int64_t first = 0;
  int64_t last = 0;
};

// At most this many of the same width: each costs a descent from the root of the table's tree.
inline constexpr int64_t kMostKeyRanges = 1 << 15;

// All keys from the least to the greatest, which the statement `span` gives, in ranges of at least
// `least_width`, in their order. None in an empty table.
absl::StatusOr<std::vector<KeyRange>> SplitKeys(Connection& connection, const char* span,
                                                int64_t least_width);

// The same keys in ranges of `leaves` pages of rows each, however they lie: a table of which most
// was deleted has few keys here and many there. `root`: see leaf_bounds.h.
absl::StatusOr<std::vector<KeyRange>> SplitLeaves(Connection& connection, const char* span,
                                                  const char* root, int64_t leaves);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_KEY_RANGE_H_
