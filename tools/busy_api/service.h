// What serving one call amounts to, before anything goes wrong: how many tokens, how long, what
// text.
#ifndef LULL_TOOLS_BUSY_API_SERVICE_H_
#define LULL_TOOLS_BUSY_API_SERVICE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "tools/busy_api/behaviour.h"
#include "tools/busy_api/call.h"
#include "tools/busy_api/settings.h"
#include "tools/busy_api/usage.h"

namespace lull {

struct Service {
  std::string id;
  int64_t created = 0;  // Unix seconds
  Usage usage;
  std::string finish_reason = "stop";
  absl::Duration first;  // until the first content
  absl::Duration total;  // until the end
};

// The length and the pace follow from the seed and the call's content alone, so that a call that is
// repeated is answered the same. `cached_tokens` of the prompt cost no time.
Service PlanService(const Call& call, const Behaviour& behaviour, const Settings& settings,
                    uint64_t seed, int64_t cached_tokens, absl::Time now);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_SERVICE_H_
