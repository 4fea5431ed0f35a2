// The values of a job that are set by a submit and changed by an update, under the same rules.
#ifndef LULL_SERVER_API_JOB_VALUES_H_
#define LULL_SERVER_API_JOB_VALUES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/map.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/api/job_rules.h"
#include "server/api/violations.h"
#include "storage/record.h"

namespace lull {

// Each adds what is wrong to `violations`, under `field`.

// The default class for "". There is such a class if nothing was added.
std::string ReadClassName(absl::string_view field, const std::string& class_name,
                          const JobRules& rules, Violations* violations);
int32_t ReadPriority(absl::string_view field, int32_t priority, Violations* violations);
Labels ReadLabels(absl::string_view field,
                  const google::protobuf::Map<std::string, std::string>& labels,
                  Violations* violations);
// nullopt where it is no time at all. May be over; is at most kMaxAhead ahead if nothing was added.
std::optional<absl::Time> ReadTime(absl::string_view field,
                                   const google::protobuf::Timestamp& timestamp, absl::Time now,
                                   Violations* violations);

// A time in a message.
std::string TimeText(absl::Time time);

}  // namespace lull

#endif  // LULL_SERVER_API_JOB_VALUES_H_
