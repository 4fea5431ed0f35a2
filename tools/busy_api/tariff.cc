#include "tools/busy_api/tariff.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lull {
namespace {

constexpr double kTokensPerPrice = 1e6;

bool ParseTimeOfDay(absl::string_view text, absl::Duration* out) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  int hour = 0;
  int minute = 0;
  if (!absl::SimpleAtoi(parts.first, &hour) || !absl::SimpleAtoi(parts.second, &minute)) {
    return false;
  }
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || (hour == 24 && minute > 0)) {
    return false;
  }
  *out = absl::Hours(hour) + absl::Minutes(minute);
  return true;
}

}  // namespace

bool DayHours::Contains(absl::Time time) const {
  const absl::Duration of_day =
      time - absl::FromCivil(absl::ToCivilDay(time, absl::UTCTimeZone()), absl::UTCTimeZone());
  if (begin <= end) return of_day >= begin && of_day < end;
  return of_day >= begin || of_day < end;
}

absl::StatusOr<std::optional<DayHours>> ParseDayHours(absl::string_view text) {
  if (text.empty()) return std::optional<DayHours>();
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  DayHours hours;
  if (!ParseTimeOfDay(parts.first, &hours.begin) || !ParseTimeOfDay(parts.second, &hours.end)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no stretch of a day; write HH:MM-HH:MM"));
  }
  return std::optional<DayHours>(hours);
}

double Tariff::Cost(const Usage& usage, absl::Time time) const {
  const double factor = off_peak.has_value() && off_peak->Contains(time) ? off_peak_factor : 1;
  const double hits = static_cast<double>(usage.cached_tokens);
  const double misses = static_cast<double>(usage.prompt_tokens - usage.cached_tokens);
  const double outputs = static_cast<double>(usage.completion_tokens);
  return factor * (hits * hit + misses * miss + outputs * output) / kTokensPerPrice;
}

}  // namespace lull
