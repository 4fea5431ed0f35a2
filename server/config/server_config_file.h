// From a file, or from the environment alone, to a configuration that is checked and complete.
#ifndef LULL_SERVER_CONFIG_SERVER_CONFIG_FILE_H_
#define LULL_SERVER_CONFIG_SERVER_CONFIG_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/yaml/environment.h"
#include "proto/server_config.pb.h"

namespace lull {

// Reads the file; `path` is also its name in errors. INVALID_ARGUMENT: with one line for each thing
// that is wrong, "FILE:LINE: KEY: WHAT"; NOT_FOUND and others as ReadTextFile. Blocks.
absl::StatusOr<v1::ServerConfig> LoadServerConfig(const std::string& path);

// The same for the text of a file.
absl::StatusOr<v1::ServerConfig> ParseServerConfig(absl::string_view text,
                                                   const std::string& file_name);

// The configuration of a server without a file: all defaults and, if LULL_BASE_URL is set, an
// upstream "default" with that base URL and the credential "default", to which every model goes, as
// LULL_MODEL if that is set. INVALID_ARGUMENT: a variable is wrong, named with what is allowed.
absl::StatusOr<v1::ServerConfig> ServerConfigFromEnvironment(const Environment& environment);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_SERVER_CONFIG_FILE_H_
