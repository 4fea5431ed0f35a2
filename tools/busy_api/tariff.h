// What calls cost: prices for cached and other prompt tokens and for output, by the hour of the
// call.
#ifndef LULL_TOOLS_BUSY_API_TARIFF_H_
#define LULL_TOOLS_BUSY_API_TARIFF_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tools/busy_api/usage.h"

namespace lull {

// A stretch of every day in UTC, which may pass midnight. The end is not part of it.
struct DayHours {
  absl::Duration begin;
  absl::Duration end;

  bool Contains(absl::Time time) const;
};

// "16:30-00:30"; nullopt for "". INVALID_ARGUMENT for anything else.
absl::StatusOr<std::optional<DayHours>> ParseDayHours(absl::string_view text);

struct Tariff {
  double hit = 0;  // money per million tokens
  double miss = 0;
  double output = 0;
  std::optional<DayHours> off_peak;
  double off_peak_factor = 1;

  // `time` is when the call arrived.
  double Cost(const Usage& usage, absl::Time time) const;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_TARIFF_H_
