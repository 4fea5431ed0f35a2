// The API's durations as absl's and back. What the server sends is in range.
#ifndef LULL_WORKER_PROTO_DURATION_H_
#define LULL_WORKER_PROTO_DURATION_H_

#include <cstdint>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"

namespace lull {

inline absl::Duration FromProto(const google::protobuf::Duration& from) {
  return absl::Seconds(from.seconds()) + absl::Nanoseconds(from.nanos());
}

inline void SetDuration(absl::Duration from, google::protobuf::Duration* to) {
  absl::Duration rest;
  to->set_seconds(absl::IDivDuration(from, absl::Seconds(1), &rest));
  to->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

}  // namespace lull

#endif  // LULL_WORKER_PROTO_DURATION_H_
