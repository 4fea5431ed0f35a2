// From a file, or from the environment alone, to a configuration that is checked and complete.
#ifndef LULL_WORKER_CONFIG_WORKER_CONFIG_FILE_H_
#define LULL_WORKER_CONFIG_WORKER_CONFIG_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/yaml/environment.h"
#include "proto/worker_config.pb.h"

namespace lull {

// Reads the file; `path` is also its name in errors. INVALID_ARGUMENT: with one line for each thing
// that is wrong, "FILE:LINE: KEY: WHAT"; NOT_FOUND and others as ReadTextFile. Blocks.
//
// The API keys are not read, but `server.token` is in the result: it must not be printed.
absl::StatusOr<v1::WorkerConfig> LoadWorkerConfig(const std::string& path,
                                                  const Environment& environment);

// The same for the text of a file.
absl::StatusOr<v1::WorkerConfig> ParseWorkerConfig(absl::string_view text,
                                                   const std::string& file_name,
                                                   const Environment& environment);

// The configuration of a worker without a file: all defaults and, if LULL_API_KEY is set, the
// credential "default" from it for the origin of LULL_BASE_URL. INVALID_ARGUMENT: a variable is
// wrong or missing, named with what is allowed.
absl::StatusOr<v1::WorkerConfig> WorkerConfigFromEnvironment(const Environment& environment);

}  // namespace lull

#endif  // LULL_WORKER_CONFIG_WORKER_CONFIG_FILE_H_
