// What operators ask of the engine. See command.h.
#ifndef LULL_SERVER_ENGINE_OPERATOR_COMMAND_H_
#define LULL_SERVER_ENGINE_OPERATOR_COMMAND_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/engine/caller.h"
#include "server/scheduler/pending_reason.h"

namespace lull {

// NOT_FOUND where no class has that name. Durable; pausing what is paused changes nothing.
struct PauseClassRequest {
  Caller caller;
  std::string class_name;
  bool pause = true;
};
struct PauseClassReply {
  absl::Status status;
};

// The worker is told at its next poll or renewal to take no more jobs, end those it has, and exit.
// Not durable: a worker is new with every start of its process, and so is the server that told it.
// NOT_FOUND where no such worker was heard of lately.
struct DrainWorkerRequest {
  Caller caller;
  std::string worker;
};
struct DrainWorkerReply {
  absl::Status status;
};

struct StatsRequest {};
struct ClassStats {
  std::string name;
  int64_t pending = 0, running = 0, cancelling = 0;
  bool paused = false;
  std::vector<std::pair<PendingReason, int64_t>> pending_by_reason;
};
struct UpstreamStats {
  std::string name;
  int64_t in_flight = 0;
  double learned_limit = 0;  // calls at a time
  bool ejected = false;
  bool parked = false;  // refuses our credential or model: needs the operator
  std::string detail;
};
struct WorkerStats {
  std::string id;
  int64_t leases = 0;
  bool draining = false;
  absl::Duration since_seen = absl::ZeroDuration();
};
struct StatsReply {
  std::vector<ClassStats> classes;
  std::vector<UpstreamStats> upstreams;
  std::vector<WorkerStats> workers;
  int64_t live_jobs = 0;
  int64_t live_bytes = 0;  // of request bodies
  int64_t idempotency_keys = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_OPERATOR_COMMAND_H_
