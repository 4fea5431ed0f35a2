// How times and durations stand in the file: microseconds, with INT64_MAX for "for ever". A time
// that is not set (InfinitePast) is NULL, or absent in a packed message.
#ifndef LULL_STORAGE_SQLITE_STORED_TIME_H_
#define LULL_STORAGE_SQLITE_STORED_TIME_H_

#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace lull {

inline constexpr int64_t kStoredForEver = std::numeric_limits<int64_t>::max();

inline int64_t StoredTime(absl::Time time) {
  return time == absl::InfiniteFuture() ? kStoredForEver : absl::ToUnixMicros(time);
}
inline absl::Time TimeFromStored(int64_t stored) {
  return stored == kStoredForEver ? absl::InfiniteFuture() : absl::FromUnixMicros(stored);
}
inline int64_t StoredDuration(absl::Duration duration) {
  return duration == absl::InfiniteDuration() ? kStoredForEver
                                              : absl::ToInt64Microseconds(duration);
}
inline absl::Duration DurationFromStored(int64_t stored) {
  return stored == kStoredForEver ? absl::InfiniteDuration() : absl::Microseconds(stored);
}

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_STORED_TIME_H_
