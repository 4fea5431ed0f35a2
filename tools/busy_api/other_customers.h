// The load that other customers put on the provider: a day's wave, weekends, and noise.
#ifndef LULL_TOOLS_BUSY_API_OTHER_CUSTOMERS_H_
#define LULL_TOOLS_BUSY_API_OTHER_CUSTOMERS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "tools/busy_api/settings.h"

namespace lull {

// The fraction of the slots that they take at `time` of the accelerated clock, at least 0; above 1
// they would take more than there is. Depends on nothing but its arguments.
double OtherCustomersShare(const Settings& settings, uint64_t seed, absl::Time time);

// Slots they leave.
int64_t SlotsLeft(const Settings& settings, uint64_t seed, absl::Time time);

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_OTHER_CUSTOMERS_H_
