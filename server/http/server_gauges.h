// The server's state as it is at a scrape, as metrics.
#ifndef LULL_SERVER_HTTP_SERVER_GAUGES_H_
#define LULL_SERVER_HTTP_SERVER_GAUGES_H_

#include <prometheus/metric_family.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "server/engine/command.h"
#include "server/reads/body_cache.h"
#include "server/watch/watch_hub.h"
#include "storage/job_store.h"

namespace lull {

struct ServerState {
  std::optional<StatsReply> engine;  // nullopt: it did not answer in time
  JobStore::Stats store;
  BodyCache::Stats bodies;
  WatchHub::Stats watches;
  std::optional<int64_t> events;  // that are kept; nullopt: they could not be counted
  int64_t queued_reads = 0;
  bool draining = false;
};

std::vector<prometheus::MetricFamily> CollectGauges(const ServerState& state);

}  // namespace lull

#endif  // LULL_SERVER_HTTP_SERVER_GAUGES_H_
