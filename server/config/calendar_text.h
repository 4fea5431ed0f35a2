// The texts of which calendars in the configuration are made. Each fails with INVALID_ARGUMENT, the
// message being what is wrong, with which value, and what is allowed.
#ifndef LULL_SERVER_CONFIG_CALENDAR_TEXT_H_
#define LULL_SERVER_CONFIG_CALENDAR_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace lull {

// "HH:MM" from 00:00 to 23:59, as minutes since midnight.
absl::StatusOr<int> ParseFromMinute(absl::string_view text);

// "HH:MM" from 00:00 to 24:00, as minutes since midnight, 1 to 1440: 00:00 is the midnight that
// ends the day.
absl::StatusOr<int> ParseToMinute(absl::string_view text);

// "YYYY-MM-DD".
absl::StatusOr<absl::CivilDay> ParseDay(absl::string_view text);

// A name of the IANA database, e.g. "Asia/Shanghai", or "UTC". Empty is UTC. Reads a file.
absl::StatusOr<absl::TimeZone> ParseTimeZone(const std::string& name);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_CALENDAR_TEXT_H_
