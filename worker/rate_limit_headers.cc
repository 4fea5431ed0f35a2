#include "worker/rate_limit_headers.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "worker/delay_hint.h"

namespace lull {
namespace {

using Kind = RateLimitWindow::Kind;

struct HeaderNames {
  Kind kind;
  absl::string_view limit;
  absl::string_view remaining;
  absl::string_view reset;
};

constexpr HeaderNames kFamilies[] = {
    {Kind::kRequests, "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
     "x-ratelimit-reset-requests"},
    {Kind::kTokens, "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
     "x-ratelimit-reset-tokens"},
    {Kind::kRequests, "anthropic-ratelimit-requests-limit",
     "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
    {Kind::kTokens, "anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining",
     "anthropic-ratelimit-tokens-reset"},
    {Kind::kTokens, "anthropic-ratelimit-input-tokens-limit",
     "anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"},
    {Kind::kTokens, "anthropic-ratelimit-output-tokens-limit",
     "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"},
    {Kind::kUnnamed, "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"},
};

std::optional<int64_t> ReadCount(const HttpHeaders& headers, absl::string_view name) {
  const std::string* value = headers.Find(name);
  int64_t count;
  if (value == nullptr || !absl::SimpleAtoi(*value, &count) || count < 0) return std::nullopt;
  return count;
}

bool HasRoom(const RateLimitWindow& window) { return window.remaining.value_or(0) > 0; }

}  // namespace

std::vector<RateLimitWindow> ReadRateLimits(const HttpHeaders& headers, absl::Time now) {
  std::vector<RateLimitWindow> windows;
  for (const HeaderNames& names : kFamilies) {
    RateLimitWindow window;
    window.kind = names.kind;
    window.limit = ReadCount(headers, names.limit);
    window.remaining = ReadCount(headers, names.remaining);
    if (const std::string* reset = headers.Find(names.reset); reset != nullptr) {
      window.reset_after = ParseReset(*reset, now);
    }
    if (window.limit || window.remaining || window.reset_after) windows.push_back(window);
  }
  return windows;
}

std::optional<absl::Duration> LongestRelevantReset(const std::vector<RateLimitWindow>& windows) {
  const bool all_have_room = std::all_of(windows.begin(), windows.end(), HasRoom);
  std::optional<absl::Duration> longest;
  for (const RateLimitWindow& window : windows) {
    const bool used_in_part = window.kind == Kind::kTokens &&
                              (!window.limit || window.remaining.value_or(0) < *window.limit);
    const bool relevant = all_have_room ? used_in_part : !HasRoom(window);
    if (relevant && window.reset_after) {
      longest = std::max(longest.value_or(absl::ZeroDuration()), *window.reset_after);
    }
  }
  return longest;
}

}  // namespace lull
