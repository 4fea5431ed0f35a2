#include "server/config/calendar_check.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/config/calendar_text.h"

namespace lull {
namespace {

constexpr int kMaxWindows = 64;
constexpr int kMaxDays = 1000;

template <typename T>
void Report(const std::string& path, const absl::StatusOr<T>& parsed, ConfigCheck* check) {
  if (!parsed.ok()) check->Wrong(path, parsed.status().message());
}

}  // namespace

void CheckWindows(const std::string& path,
                  const google::protobuf::RepeatedPtrField<v1::DayWindow>& windows,
                  ConfigCheck* check) {
  check->Count(path, windows.size(), 0, kMaxWindows);
  for (int i = 0; i < windows.size(); ++i) {
    const std::string window_path = absl::StrCat(path, "[", i, "]");
    const v1::DayWindow& window = windows[i];
    if (window.from().empty()) check->MissingUnlessGiven(window_path + ".from");
    if (window.to().empty()) check->MissingUnlessGiven(window_path + ".to");
    Report(window_path + ".from", ParseFromMinute(window.from()), check);
    Report(window_path + ".to", ParseToMinute(window.to()), check);
  }
}

void CheckDays(const std::string& path, const google::protobuf::RepeatedPtrField<std::string>& days,
               ConfigCheck* check) {
  check->Count(path, days.size(), 0, kMaxDays);
  for (int i = 0; i < days.size(); ++i) {
    Report(absl::StrCat(path, "[", i, "]"), ParseDay(days[i]), check);
  }
}

void CheckTimeZone(const std::string& path, const std::string& name, ConfigCheck* check) {
  Report(path, ParseTimeZone(name), check);
}

}  // namespace lull
