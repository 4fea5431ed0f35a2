// When which region of the provider is out of service.
#ifndef LULL_TOOLS_BUSY_API_OUTAGE_H_
#define LULL_TOOLS_BUSY_API_OUTAGE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tools/busy_api/settings.h"

namespace lull {

// Whether `region` is in an outage at `time` of the accelerated clock: by the setting regions_down,
// or by the plan that follows from the seed, one outage in each stretch of outage_every_s. The
// outages of different regions are independent. Depends on nothing but its arguments.
bool InOutage(const Settings& settings, uint64_t seed, absl::string_view region, absl::Time time);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_OUTAGE_H_
