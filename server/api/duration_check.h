// Durations in requests, checked.
#ifndef LULL_SERVER_API_DURATION_CHECK_H_
#define LULL_SERVER_API_DURATION_CHECK_H_

#include <optional>
#include <string>

#include "google/protobuf/duration.pb.h"

namespace lull {

// Nothing if it is a duration and not negative; otherwise what is said after the field's name: the
// value and what is allowed.
std::optional<std::string> CheckNotNegative(const google::protobuf::Duration& duration);

}  // namespace lull

#endif  // LULL_SERVER_API_DURATION_CHECK_H_
