// What the rest of the server's configuration has to fulfil: addresses, sizes, times, tenants, TLS,
// tokens.
#ifndef LULL_SERVER_CONFIG_SERVER_CHECK_H_
#define LULL_SERVER_CONFIG_SERVER_CHECK_H_

#include "base/yaml/config_check.h"
#include "proto/server_config.pb.h"

namespace lull {

// The configuration is as it was read, without defaults filled in. Files that it names are not
// looked at.
void CheckServer(const v1::ServerConfig& config, ConfigCheck* check);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_SERVER_CHECK_H_
