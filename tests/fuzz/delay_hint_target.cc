// Header lines, "name: value": whatever they say, a hint is between nothing and a day, and the rate
// limits are no negative numbers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/http/http_message.h"
#include "worker/delay_hint.h"
#include "worker/rate_limit_headers.h"

namespace {

void Check(const std::optional<absl::Duration>& hint) {
  if (!hint.has_value()) return;
  if (*hint < absl::ZeroDuration() || *hint > lull::kDelayHintMax) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  lull::HttpHeaders headers;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t colon = line.find(": ");
    if (colon == absl::string_view::npos) continue;
    const absl::string_view value = line.substr(colon + 2);
    headers.Add(line.substr(0, colon), value);
    Check(lull::ParseDelaySeconds(value));
    Check(lull::ParseDelayMilliseconds(value));
    Check(lull::ParseDelayText(value));
    Check(lull::ParseDelayUntilHttpDate(value, now));
    Check(lull::ParseReset(value, now));
  }
  Check(lull::FindDelayHint(headers, std::nullopt, true, now));
  (void)lull::FindShouldRetry(headers);
  for (const lull::RateLimitWindow& window : lull::ReadRateLimits(headers, now)) {
    if (window.limit.value_or(0) < 0 || window.remaining.value_or(0) < 0) abort();
    Check(window.reset_after);
  }
  return 0;
}
