// From the configuration to the plan that engine and scheduler work by.
#ifndef LULL_SERVER_CONFIG_PLAN_FROM_CONFIG_H_
#define LULL_SERVER_CONFIG_PLAN_FROM_CONFIG_H_

#include "absl/status/statusor.h"
#include "proto/server_config.pb.h"
#include "server/scheduler/plan.h"

namespace lull {

// `config` is checked and complete, as server_config_file.h makes it. INVALID_ARGUMENT: it is not;
// the message names the first fault.
absl::StatusOr<Plan> PlanFromConfig(const v1::ServerConfig& config);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_PLAN_FROM_CONFIG_H_
