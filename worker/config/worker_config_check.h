// What a worker's configuration has to fulfil beyond its schema.
#ifndef LULL_WORKER_CONFIG_WORKER_CONFIG_CHECK_H_
#define LULL_WORKER_CONFIG_WORKER_CONFIG_CHECK_H_

#include "base/yaml/config_check.h"
#include "proto/worker_config.pb.h"

namespace lull {

// The configuration is as it was read, without defaults filled in. Files and variables that it
// names are not looked at.
void CheckWorkerConfig(const v1::WorkerConfig& config, ConfigCheck* check);

}  // namespace lull

#endif  // LULL_WORKER_CONFIG_WORKER_CONFIG_CHECK_H_
