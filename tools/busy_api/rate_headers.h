// The header families by which providers tell how much of a rate limit is left.
#ifndef LULL_TOOLS_BUSY_API_RATE_HEADERS_H_
#define LULL_TOOLS_BUSY_API_RATE_HEADERS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/http/http_message.h"

namespace lull {

struct RateState {
  struct Window {
    int64_t limit = 0;
    int64_t remaining = 0;
    absl::Duration reset;  // until the window is full again
  };
  Window requests;
  Window tokens;
};

// `family` is one of
//   openai       x-ratelimit-{limit,remaining,reset}-{requests,tokens}, resets as "6m0s" or "12ms"
//   anthropic    anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}, resets in RFC 3339
//   reset_s      x-ratelimit-{limit,remaining,reset} for requests, in seconds from now
//   reset_epoch  the same, in seconds since 1970
//   garbage      openai's names with values that mean nothing
// Anything else, "none" included, adds nothing.
void AddRateHeaders(absl::string_view family, const RateState& state, absl::Time now,
                    HttpHeaders* headers);

// A duration as Go writes it: "1m12.5s", "12ms", "0s".
std::string GoDuration(absl::Duration duration);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_RATE_HEADERS_H_
