// The events of one commit as bytes and back (packed.proto). No events are no bytes.
#ifndef LULL_STORAGE_SQLITE_EVENT_PACKING_H_
#define LULL_STORAGE_SQLITE_EVENT_PACKING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/record.h"

namespace lull {

std::string PackEvents(absl::Span<const Event> events);

// DATA_LOSS if the bytes are not what packing wrote, in this version or an earlier one.
absl::StatusOr<std::vector<Event>> UnpackEvents(absl::string_view packed);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_EVENT_PACKING_H_
