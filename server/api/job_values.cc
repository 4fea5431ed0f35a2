#include "server/api/job_values.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/api/field_check.h"
#include "server/api/proto_time.h"
#include "server/api/quoted.h"

namespace lull {

std::string ReadClassName(absl::string_view field, const std::string& class_name,
                          const JobRules& rules, Violations* violations) {
  const std::string& name = class_name.empty() ? rules.default_class : class_name;
  if (!rules.plan->FindClass(name)) {
    violations->Add(field, absl::StrCat("is ", Quoted(name), "; the classes are ",
                                        absl::StrJoin(rules.plan->classes, ", ",
                                                      [](std::string* out, const QuotaClass& c) {
                                                        absl::StrAppend(out, c.name);
                                                      })));
  }
  return name;
}

int32_t ReadPriority(absl::string_view field, int32_t priority, Violations* violations) {
  violations->AddIf(field, CheckRange(priority, -kMaxPriority, kMaxPriority));
  return priority;
}

Labels ReadLabels(absl::string_view field,
                  const google::protobuf::Map<std::string, std::string>& labels,
                  Violations* violations) {
  if (labels.size() > kMaxLabels) {
    violations->Add(field, absl::StrCat("has ", labels.size(), " entries; at most ", kMaxLabels,
                                        " are allowed"));
  }
  Labels sorted(labels.begin(), labels.end());
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [key, value] : sorted) {
    if (auto wrong = CheckName(key, kMaxLabelSize, "-_./", /*may_be_empty=*/false)) {
      violations->Add(field, absl::StrCat("key ", *wrong));
    }
    if (auto wrong = CheckName(value, kMaxLabelSize, "-_./", /*may_be_empty=*/true)) {
      violations->Add(field, absl::StrCat("value of key ", Quoted(key), " ", *wrong));
    }
  }
  return sorted;
}

std::optional<absl::Time> ReadTime(absl::string_view field,
                                   const google::protobuf::Timestamp& timestamp, absl::Time now,
                                   Violations* violations) {
  const std::optional<absl::Time> time = FromTimestamp(timestamp);
  if (!time) {
    violations->Add(field, absl::StrCat("is no time: seconds ", timestamp.seconds(), ", nanos ",
                                        timestamp.nanos()));
  } else if (*time > now + kMaxAhead) {
    violations->Add(field,
                    absl::StrCat("is ", TimeText(*time), "; at most 366 days ahead are allowed"));
  }
  return time;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

}  // namespace lull
