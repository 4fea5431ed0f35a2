// absl's times as protobuf's and back.
#ifndef LULL_SERVER_API_PROTO_TIME_H_
#define LULL_SERVER_API_PROTO_TIME_H_

#include <optional>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace lull {

google::protobuf::Timestamp ToTimestamp(absl::Time time);
google::protobuf::Duration ToProtoDuration(absl::Duration duration);

// nullopt where the fields are outside the ranges that the types allow: years 1 to 9999, ±10,000
// years, nanoseconds below 1,000,000,000 and of one sign with the seconds. A time is cut to the
// microseconds that the store keeps.
std::optional<absl::Time> FromTimestamp(const google::protobuf::Timestamp& timestamp);
std::optional<absl::Duration> FromProtoDuration(const google::protobuf::Duration& duration);

}  // namespace lull

#endif  // LULL_SERVER_API_PROTO_TIME_H_
