// Times as people read them.
#ifndef LULL_TOOLS_LULL_TIME_TEXT_H_
#define LULL_TOOLS_LULL_TIME_TEXT_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "absl/time/time.h"

namespace lull {

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
absl::Duration ToDuration(const google::protobuf::Duration& duration);
google::protobuf::Timestamp ToTimestamp(absl::Time time);

// "2026-11-24 02:00:00 +08:00", in this machine's time zone.
std::string TimeText(const google::protobuf::Timestamp& timestamp);

// "1.234s", "12.3s", "1h2m3s": as exact as it matters.
std::string DurationText(absl::Duration duration);

// "5s", "12m", "3h12m", "2d4h": short, and never below zero.
std::string AgeText(absl::Duration duration);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_TIME_TEXT_H_
