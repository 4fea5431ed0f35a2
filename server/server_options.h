// Everything a Server is told when it is made.
#ifndef LULL_SERVER_SERVER_OPTIONS_H_
#define LULL_SERVER_SERVER_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/server_config.pb.h"
#include "server/api/job_rules.h"
#include "server/engine/engine_loop.h"
#include "server/watch/watch_hub.h"

namespace lull {

struct ServerOptions {
  std::string data_dir;
  std::string grpc_address;  // "HOST:PORT", port 0: any free one; or "unix:/PATH"
  std::string http_address;  // "HOST:PORT"; empty: no HTTP port
  JobRules rules;
  EngineLoop::Options engine;  // with the same plan as `rules`
  int64_t max_response_body_bytes = int64_t{16} << 20;
  bool send_request_id = true;
  absl::Duration drain_grace = absl::Seconds(30);
  int read_threads = 2;
  int64_t max_queued_reads = 4096;
  int64_t body_cache_bytes = int64_t{64} << 20;
  WatchHub::Options watches;
};

// `config` is checked and complete, as server/config makes it. The seed comes from the system.
// INVALID_ARGUMENT as PlanFromConfig; UNAVAILABLE: the system gives no random bytes.
absl::StatusOr<ServerOptions> ServerOptionsFromConfig(const v1::ServerConfig& config);

// For addresses that were given on the command line, past the configuration's own checks.
// INVALID_ARGUMENT: not an address, or one that others reach without `insecure_allowed`.
absl::Status CheckListenAddress(absl::string_view flag, absl::string_view address,
                                bool insecure_allowed);

}  // namespace lull

#endif  // LULL_SERVER_SERVER_OPTIONS_H_
