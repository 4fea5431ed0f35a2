// Where one page of a table ends and the next begins, so that a table can be read in parts of about
// the same size however its keys lie.
#ifndef LULL_STORAGE_SQLITE_LEAF_BOUNDS_H_
#define LULL_STORAGE_SQLITE_LEAF_BOUNDS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/sqlite/connection.h"

namespace lull {

// The greatest keys that the tree's pages of rows, but for the last, may hold, in ascending order;
// read from the pages above them, which are less than a hundredth of them. `root` is a statement
// that gives the number of the table's root page. None for a table of one page, or of a hundred
// million rows and more.
//
// As the main file has it: what is only in the log, or damaged, makes for worse bounds, never for
// an error. UNAVAILABLE: it could not be read.
absl::StatusOr<std::vector<int64_t>> ReadLeafBounds(Connection& connection, const char* root);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_LEAF_BOUNDS_H_
