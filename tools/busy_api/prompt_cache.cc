#include "tools/busy_api/prompt_cache.h"

#include "tools/busy_api/hash.h"
#include "tools/busy_api/usage.h"

namespace lull {
namespace {

constexpr int64_t kBlockTokens = 64;

}  // namespace

int64_t PromptCache::Take(int64_t account, absl::string_view prompt) {
  const size_t block_bytes = BytesOfTokens(kBlockTokens);
  int64_t cached = 0;
  bool known_so_far = true;
  // Each block's hash includes those before it, so equal hashes mean equal beginnings.
  uint64_t hash = static_cast<uint64_t>(account);
  for (size_t i = 0; i + block_bytes <= prompt.size(); i += block_bytes) {
    hash = SeededHash(hash, prompt.substr(i, block_bytes));
    const bool known = !known_.insert(hash).second;
    known_so_far = known_so_far && known;
    if (known_so_far) cached += kBlockTokens;
    if (known) continue;
    order_.push_back(hash);
    if (order_.size() > blocks_max_) {
      known_.erase(order_.front());
      order_.pop_front();
    }
  }
  return cached;
}

}  // namespace lull
