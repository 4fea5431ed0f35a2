// Fields of the configuration that the schema has and this version of the server does nothing with.
// They are refused: a limit or a token that is silently ignored is worse than a server that does
// not start.
#ifndef LULL_SERVER_CONFIG_UNSUPPORTED_FIELDS_H_
#define LULL_SERVER_CONFIG_UNSUPPORTED_FIELDS_H_

#include "base/yaml/config_check.h"
#include "proto/server_config.pb.h"

namespace lull {

// The configuration is as it was read, without defaults filled in.
void RefuseUnsupportedFields(const v1::ServerConfig& config, ConfigCheck* check);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_UNSUPPORTED_FIELDS_H_
