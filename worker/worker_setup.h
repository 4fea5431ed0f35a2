// What the parts of a worker need, from its configuration and environment.
#ifndef LULL_WORKER_WORKER_SETUP_H_
#define LULL_WORKER_WORKER_SETUP_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/yaml/environment.h"
#include "proto/worker_config.pb.h"
#include "worker/call_plan.h"
#include "worker/http_client.h"
#include "worker/queue_client.h"
#include "worker/worker.h"

namespace lull {

struct WorkerSetup {
  WorkerOptions worker;
  CallRules rules;
  QueueClientOptions queue;
  HttpClientOptions http;
  std::string metrics_address;  // empty: no such port
  absl::Duration drain_grace;
};

// `config` is complete, as LoadWorkerConfig and WorkerConfigFromEnvironment return it. Reads the
// keys, the token and the certificates; LULL_CA_FILE stands in for a missing `upstream_ca_file`.
// `random` makes the worker's id unique. INVALID_ARGUMENT and others, naming what is wrong. Blocks.
absl::StatusOr<WorkerSetup> SetUpWorker(const v1::WorkerConfig& config,
                                        const Environment& environment, uint64_t random);

}  // namespace lull

#endif  // LULL_WORKER_WORKER_SETUP_H_
