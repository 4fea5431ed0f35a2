#include "tools/busy_api/usage.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

constexpr int64_t kBytesPerToken = 4;

}  // namespace

std::string UsageJson(absl::string_view dialect, const Usage& usage) {
  std::string out =
      absl::StrCat("{\"prompt_tokens\":", usage.prompt_tokens,
                   ",\"completion_tokens\":", usage.completion_tokens,
                   ",\"total_tokens\":", usage.prompt_tokens + usage.completion_tokens);
  if (dialect == "deepseek") {
    absl::StrAppend(&out, ",\"prompt_cache_hit_tokens\":", usage.cached_tokens,
                    ",\"prompt_cache_miss_tokens\":", usage.prompt_tokens - usage.cached_tokens);
  } else if (dialect == "openai") {
    absl::StrAppend(&out, ",\"prompt_tokens_details\":{\"cached_tokens\":", usage.cached_tokens,
                    "}");
  }
  if (dialect == "openai" || dialect == "deepseek") {
    absl::StrAppend(
        &out, ",\"completion_tokens_details\":{\"reasoning_tokens\":", usage.reasoning_tokens, "}");
  }
  return absl::StrCat(out, "}");
}

int64_t EstimateTokens(size_t bytes) {
  return std::max<int64_t>(1, (static_cast<int64_t>(bytes) + kBytesPerToken - 1) / kBytesPerToken);
}

size_t BytesOfTokens(int64_t tokens) {
  return static_cast<size_t>(std::max<int64_t>(tokens, 0) * kBytesPerToken);
}

}  // namespace lull
