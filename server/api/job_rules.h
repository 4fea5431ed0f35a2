// What jobs may ask for on this server, as configured.
#ifndef LULL_SERVER_API_JOB_RULES_H_
#define LULL_SERVER_API_JOB_RULES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "server/scheduler/plan.h"

namespace lull {

inline constexpr int kMaxPriority = 9;
inline constexpr int kMaxLabels = 16;
inline constexpr int kMaxLabelSize = 63;
inline constexpr int kMaxTags = 16;
inline constexpr int kMaxTagSize = 63;
inline constexpr int kMaxPathSize = 256;
inline constexpr int kMaxRequestIdSize = 128;
inline constexpr int kMaxAttempts = 100;
inline constexpr int kMaxBatchCreate = 1000;
inline constexpr absl::Duration kMaxAhead = absl::Hours(24 * 366);

struct JobRules {
  std::shared_ptr<const Plan> plan;
  std::string default_class;  // of jobs that name none; in the plan
  int64_t max_request_body_bytes = int64_t{4} << 20;
};

}  // namespace lull

#endif  // LULL_SERVER_API_JOB_RULES_H_
