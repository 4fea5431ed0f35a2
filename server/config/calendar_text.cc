#include "server/config/calendar_text.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/yaml/yaml_source.h"

namespace lull {
namespace {

constexpr int kMinutesOfDay = 24 * 60;

// "HH:MM" with 24 hours at most and 59 minutes.
std::optional<int> Minutes(absl::string_view text) {
  const auto is_digit = [text](int i) { return absl::ascii_isdigit(text[i]); };
  if (text.size() != 5 || text[2] != ':' || !is_digit(0) || !is_digit(1) || !is_digit(3) ||
      !is_digit(4)) {
    return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  const int total = hours * 60 + minutes;
  if (minutes > 59 || total > kMinutesOfDay) return std::nullopt;
  return total;
}

absl::Status WrongTime(absl::string_view text, absl::string_view last) {
  return absl::InvalidArgumentError(absl::StrCat(
      QuotedValue(text), " is not a time of day: write it like 22:00, from 00:00 to ", last));
}

}  // namespace

absl::StatusOr<int> ParseFromMinute(absl::string_view text) {
  const std::optional<int> minutes = Minutes(text);
  if (!minutes.has_value() || *minutes == kMinutesOfDay) return WrongTime(text, "23:59");
  return *minutes;
}

absl::StatusOr<int> ParseToMinute(absl::string_view text) {
  const std::optional<int> minutes = Minutes(text);
  if (!minutes.has_value()) return WrongTime(text, "24:00");
  return *minutes == 0 ? kMinutesOfDay : *minutes;
}

absl::StatusOr<absl::CivilDay> ParseDay(absl::string_view text) {
  absl::CivilDay day;
  // ParseCivilTime alone would also take "2026-1-1" and "+026-10-01".
  if (text.size() != 10 || !absl::ascii_isdigit(text[0]) || !absl::ParseCivilTime(text, &day)) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotedValue(text), " is not a date: write it like 2026-10-01"));
  }
  return day;
}

absl::StatusOr<absl::TimeZone> ParseTimeZone(const std::string& name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (name.empty()) return zone;
  // Names that begin with "/" or hold ".." would be read as files outside the database.
  if (name.front() == '/' || name.find("..") != std::string::npos ||
      !absl::LoadTimeZone(name, &zone)) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotedValue(name), " is not a time zone of this system: write it like UTC, ",
                     "Asia/Shanghai or Europe/Berlin"));
  }
  return zone;
}

}  // namespace lull
