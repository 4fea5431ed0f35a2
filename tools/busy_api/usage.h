// The tokens of one call.
#ifndef LULL_TOOLS_BUSY_API_USAGE_H_
#define LULL_TOOLS_BUSY_API_USAGE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace lull {

struct Usage {
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;      // of the prompt
  int64_t completion_tokens = 0;  // reasoning included
  int64_t reasoning_tokens = 0;
};

// The `usage` object as the dialect writes it: `deepseek` has prompt_cache_hit_tokens and
// prompt_cache_miss_tokens, `openai` prompt_tokens_details.cached_tokens, the others neither.
std::string UsageJson(absl::string_view dialect, const Usage& usage);

// An estimate of a text's tokens: a quarter of its bytes, at least 1.
int64_t EstimateTokens(size_t bytes);
// And the bytes of so many tokens.
size_t BytesOfTokens(int64_t tokens);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_USAGE_H_
