// What accounts, upstreams and route groups in the configuration have to fulfil.
#ifndef LULL_SERVER_CONFIG_UPSTREAM_CHECK_H_
#define LULL_SERVER_CONFIG_UPSTREAM_CHECK_H_

#include "base/yaml/config_check.h"
#include "proto/server_config.pb.h"

namespace lull {

// The configuration is as it was read, without defaults filled in.
void CheckUpstreams(const v1::ServerConfig& config, ConfigCheck* check);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_UPSTREAM_CHECK_H_
