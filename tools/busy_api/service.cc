#include "tools/busy_api/service.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tools/busy_api/hash.h"

namespace lull {
namespace {

// `mean` moved by up to `spread` of it either way.
double Spread(double mean, double spread, double fraction) {
  return mean * (1 + spread * (2 * fraction - 1));
}

}  // namespace

Service PlanService(const Call& call, const Behaviour& behaviour, const Settings& settings,
                    uint64_t seed, int64_t cached_tokens, absl::Time now) {
  Service service;
  const bool chat = call.kind == Call::Kind::kChat;
  service.id = absl::StrCat(chat ? "chatcmpl-" : "embd-",
                            absl::Hex(SeededHash(seed, "id", call.number), absl::kZeroPad16));
  service.created = absl::ToUnixSeconds(now);
  service.usage.prompt_tokens = call.prompt_tokens;
  service.usage.cached_tokens = std::min(
      behaviour.cached_tokens >= 0 ? behaviour.cached_tokens : cached_tokens, call.prompt_tokens);
  if (chat) {
    const double length =
        Spread(static_cast<double>(settings.output_tokens), settings.output_spread,
               SeededFraction(seed, absl::StrCat("length/", call.content_hash)));
    const int64_t wanted = behaviour.output_tokens >= 0
                               ? behaviour.output_tokens
                               : std::max<int64_t>(1, std::llround(length));
    service.usage.reasoning_tokens =
        behaviour.reasoning_tokens >= 0 ? behaviour.reasoning_tokens : settings.reasoning_tokens;
    service.usage.completion_tokens = wanted + service.usage.reasoning_tokens;
    if (call.output_tokens_max.has_value() &&
        service.usage.completion_tokens > *call.output_tokens_max) {
      service.usage.completion_tokens = *call.output_tokens_max;
      service.usage.reasoning_tokens =
          std::min(service.usage.reasoning_tokens, *call.output_tokens_max);
      service.finish_reason = "length";
    }
  }
  const double pace = Spread(1, settings.latency_spread,
                             SeededFraction(seed, absl::StrCat("pace/", call.content_hash)));
  service.first = absl::Milliseconds(settings.latency_ms * pace);
  service.total =
      service.first + absl::Milliseconds(settings.token_ms * pace *
                                         static_cast<double>(service.usage.completion_tokens));
  return service;
}

}  // namespace lull
