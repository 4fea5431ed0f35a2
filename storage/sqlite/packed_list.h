// What the packed lists have in common.
#ifndef LULL_STORAGE_SQLITE_PACKED_LIST_H_
#define LULL_STORAGE_SQLITE_PACKED_LIST_H_

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/sqlite/stored_time.h"

namespace lull {

inline absl::Status DamagedList(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the stored ", what, " cannot be read: the database file is damaged"));
}

template <typename Message>
bool ParseList(absl::string_view packed, Message& message) {
  return packed.size() <= std::numeric_limits<int>::max() &&
         message.ParseFromArray(packed.data(), static_cast<int>(packed.size()));
}

// In lists, where a time cannot be absent.
inline constexpr int64_t kListTimeNotSet = std::numeric_limits<int64_t>::min();

inline int64_t ListTime(absl::Time time, int64_t base) {
  const int64_t stored = time == absl::InfinitePast() ? kListTimeNotSet : StoredTime(time);
  return static_cast<int64_t>(static_cast<uint64_t>(stored) - static_cast<uint64_t>(base));
}

inline absl::Time TimeFromList(int64_t delta, int64_t base) {
  const int64_t stored =
      static_cast<int64_t>(static_cast<uint64_t>(delta) + static_cast<uint64_t>(base));
  return stored == kListTimeNotSet ? absl::InfinitePast() : TimeFromStored(stored);
}

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_PACKED_LIST_H_
