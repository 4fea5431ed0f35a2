// Which beginnings of prompts were seen before, by account: providers bill them at a fraction. Used
// by the server's thread alone.
#ifndef LULL_TOOLS_BUSY_API_PROMPT_CACHE_H_
#define LULL_TOOLS_BUSY_API_PROMPT_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace lull {

class PromptCache {
 public:
  explicit PromptCache(size_t blocks_max = 1 << 20) : blocks_max_(blocks_max) {}

  // Tokens of the longest known beginning, in whole blocks of 64 tokens; then remembers all of the
  // prompt. The oldest blocks are forgotten first.
  int64_t Take(int64_t account, absl::string_view prompt);

 private:
  const size_t blocks_max_;
  absl::flat_hash_set<uint64_t> known_;
  std::deque<uint64_t> order_;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_PROMPT_CACHE_H_
