#include "server/api/duration_check.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/api/proto_time.h"

namespace lull {

std::optional<std::string> CheckNotNegative(const google::protobuf::Duration& duration) {
  const std::optional<absl::Duration> value = FromProtoDuration(duration);
  if (value && *value >= absl::ZeroDuration()) return std::nullopt;
  return absl::StrCat("is seconds ", duration.seconds(), ", nanos ", duration.nanos(),
                      "; a duration from 0 to 315576000000 s is allowed");
}

}  // namespace lull
