#include "tools/busy_api/outage.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/busy_api/hash.h"

namespace lull {

bool InOutage(const Settings& settings, uint64_t seed, absl::string_view region, absl::Time time) {
  for (absl::string_view down : absl::StrSplit(settings.regions_down, ',', absl::SkipEmpty())) {
    if (absl::StripAsciiWhitespace(down) == region) return true;
  }
  if (settings.outage_every_s <= 0) return false;
  const double stretches =
      absl::ToDoubleSeconds(time - absl::UnixEpoch()) / settings.outage_every_s;
  const double stretch = std::floor(stretches);
  const uint64_t n = static_cast<uint64_t>(static_cast<int64_t>(stretch));
  // The length is between half and one and a half times the mean, and fits into its stretch.
  const double length =
      std::min(1.0, settings.outage_s / settings.outage_every_s *
                        (0.5 + SeededFraction(seed, absl::StrCat("outage_s/", region), n)));
  const double begin = (1 - length) * SeededFraction(seed, absl::StrCat("outage/", region), n);
  const double at = stretches - stretch;
  return at >= begin && at < begin + length;
}

}  // namespace lull
