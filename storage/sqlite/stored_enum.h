// The enums of record.h as they stand in the file: by their number, checked when read.
#ifndef LULL_STORAGE_SQLITE_STORED_ENUM_H_
#define LULL_STORAGE_SQLITE_STORED_ENUM_H_

#include <cstdint>

#include "storage/record.h"

namespace lull {

// The smallest and the greatest number that an enum has; there are no gaps.
template <typename Enum>
struct StoredRange;
template <>
struct StoredRange<JobState> {
  static constexpr JobState kFirst = JobState::kPending, kLast = JobState::kExpired;
};
template <>
struct StoredRange<RunWhen> {
  static constexpr RunWhen kFirst = RunWhen::kClassDefault, kLast = RunWhen::kQuietHours;
};
template <>
struct StoredRange<Outcome> {
  static constexpr Outcome kFirst = Outcome::kNone, kLast = Outcome::kUnknown;
};
template <>
struct StoredRange<OutsideWindow> {
  static constexpr OutsideWindow kFirst = OutsideWindow::kNo, kLast = OutsideWindow::kOptedIn;
};
template <>
struct StoredRange<Billed> {
  static constexpr Billed kFirst = Billed::kNo, kLast = Billed::kYes;
};
template <>
struct StoredRange<ServedFrom> {
  static constexpr ServedFrom kFirst = ServedFrom::kNowhere, kLast = ServedFrom::kTemplate;
};
template <>
struct StoredRange<CancelCause> {
  static constexpr CancelCause kFirst = CancelCause::kNone, kLast = CancelCause::kParent;
};
template <>
struct StoredRange<EventKind> {
  static constexpr EventKind kFirst = EventKind::kCreated, kLast = EventKind::kEnded;
};

// False if no such value exists; `value` is left alone then.
template <typename Enum>
bool EnumFromStored(int64_t stored, Enum& value) {
  if (stored < static_cast<int64_t>(StoredRange<Enum>::kFirst)) return false;
  if (stored > static_cast<int64_t>(StoredRange<Enum>::kLast)) return false;
  value = static_cast<Enum>(stored);
  return true;
}

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_STORED_ENUM_H_
