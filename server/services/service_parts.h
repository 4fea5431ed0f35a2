// What the RPC services share. Made by Server, which owns everything that is pointed to and keeps
// it until the last RPC has ended.
#ifndef LULL_SERVER_SERVICES_SERVICE_PARTS_H_
#define LULL_SERVER_SERVICES_SERVICE_PARTS_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "base/clock.h"
#include "server/api/job_rules.h"
#include "server/engine/engine_loop.h"
#include "server/reads/body_cache.h"
#include "server/reads/job_reads.h"
#include "server/reads/read_pool.h"
#include "server/rpc/rpc_method.h"
#include "server/watch/watch_hub.h"

namespace lull {

inline constexpr absl::Duration kMaxLongPoll = absl::Seconds(60);
inline constexpr int64_t kMaxReplyBytes = int64_t{24} << 20;

struct ServiceParts {
  EngineLoop* loop = nullptr;
  ReadPool* pool = nullptr;
  JobReads* reads = nullptr;
  BodyCache* bodies = nullptr;
  WatchHub* watches = nullptr;
  const Clock* clock = nullptr;
  RpcObserver* observer = nullptr;
  const std::atomic<bool>* draining = nullptr;
  JobRules rules;
  int64_t max_response_body_bytes = int64_t{16} << 20;
  bool send_request_id = true;
  absl::Time start_time;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_SERVICE_PARTS_H_
