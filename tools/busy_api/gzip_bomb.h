// A gzip stream that inflates to far more than it is.
#ifndef LULL_TOOLS_BUSY_API_GZIP_BOMB_H_
#define LULL_TOOLS_BUSY_API_GZIP_BOMB_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace lull {

// head, then `block` `blocks` times, then tail: a complete and correct gzip file of `prefix`,
// spaces, `suffix`. The number of spaces is rounded up to whole blocks.
struct GzipBomb {
  std::string head;
  std::string block;
  int64_t blocks = 0;
  std::string tail;
};

GzipBomb MakeGzipBomb(absl::string_view prefix, int64_t spaces, absl::string_view suffix);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_GZIP_BOMB_H_
