// What the headers of an answer say about the upstream's rate limits. Pure.
#ifndef LULL_WORKER_RATE_LIMIT_HEADERS_H_
#define LULL_WORKER_RATE_LIMIT_HEADERS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/http/http_message.h"

namespace lull {

struct RateLimitWindow {
  enum class Kind { kUnnamed, kRequests, kTokens };
  Kind kind = Kind::kUnnamed;
  std::optional<int64_t> limit;
  std::optional<int64_t> remaining;
  std::optional<absl::Duration> reset_after;  // counted from `now`; from 0 to 24 h
};

// Reads `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`,
// `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}` and
// the plain `x-ratelimit-{limit,remaining,reset}`. Values that cannot be meant (not a number,
// negative, a reset in the past or more than 24 h away) count as not sent; a window without any
// value is left out.
std::vector<RateLimitWindow> ReadRateLimits(const HttpHeaders& headers, absl::Time now);

// How long to wait for a refused call to fit: the longest reset among the windows that are used up
// or do not say what is left. If every window has something left, the call asked for more tokens
// than that, so the token windows count that are used in part. nullopt: the windows say nothing.
std::optional<absl::Duration> LongestRelevantReset(const std::vector<RateLimitWindow>& windows);

}  // namespace lull

#endif  // LULL_WORKER_RATE_LIMIT_HEADERS_H_
