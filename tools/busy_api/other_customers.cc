#include "tools/busy_api/other_customers.h"

#include <algorithm>
#include <cmath>

#include "absl/time/civil_time.h"
#include "tools/busy_api/hash.h"

namespace lull {
namespace {

constexpr absl::Duration kNoisePeriod = absl::Minutes(5);
constexpr double kHoursPerDay = 24;

}  // namespace

double OtherCustomersShare(const Settings& settings, uint64_t seed, absl::Time time) {
  const absl::CivilDay day = absl::ToCivilDay(time, absl::UTCTimeZone());
  const double hour = absl::ToDoubleHours(time - absl::FromCivil(day, absl::UTCTimeZone()));
  // 1 at the peak hour, 0 twelve hours from it.
  const double wave =
      (1 + std::cos(2 * M_PI * (hour - settings.others_peak_hour) / kHoursPerDay)) / 2;
  double share = settings.others_trough + (settings.others_peak - settings.others_trough) * wave;
  const absl::Weekday weekday = absl::GetWeekday(day);
  if (weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday) {
    share *= settings.others_weekend;
  }
  if (settings.others_noise > 0) {
    const double periods = absl::FDivDuration(time - absl::UnixEpoch(), kNoisePeriod);
    share += settings.others_noise * SeededWave(seed, "others", periods);
  }
  return std::max(share, 0.0);
}

int64_t SlotsLeft(const Settings& settings, uint64_t seed, absl::Time time) {
  const double slots = static_cast<double>(settings.slots);
  const double others = slots * OtherCustomersShare(settings, seed, time);
  return std::max<int64_t>(0, settings.slots - std::llround(others));
}

}  // namespace lull
