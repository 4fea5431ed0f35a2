// GET /metrics: asks the engine for its numbers, adds what was counted, and answers in Prometheus'
// text format. Waits for the engine a bounded time and without a thread; a bounded number of
// scrapes at once.
#ifndef LULL_SERVER_HTTP_METRICS_PAGE_H_
#define LULL_SERVER_HTTP_METRICS_PAGE_H_

#include <atomic>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "base/http/http_responder.h"
#include "server/http/server_metrics.h"
#include "server/services/service_parts.h"
#include "storage/job_store.h"

namespace lull {

class MetricsPage {
 public:
  static constexpr int kMaxScrapes = 4;
  static constexpr absl::Duration kEngineTimeout = absl::Seconds(2);

  // Not owned; they outlive every answer.
  MetricsPage(const ServiceParts* parts, const JobStore* store, const ServerMetrics* metrics)
      : parts_(*parts), store_(*store), metrics_(*metrics) {}

  // On the HTTP server's thread. 503 if kMaxScrapes are under way.
  void Serve(HttpResponder responder);

 private:
  struct Scrape;
  void Answer(Scrape& scrape, std::optional<StatsReply> engine, std::optional<int64_t> events);

  const ServiceParts& parts_;
  const JobStore& store_;
  const ServerMetrics& metrics_;
  // Shared with the scrapes, which may end after the page is gone.
  std::shared_ptr<std::atomic<int>> under_way_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace lull

#endif  // LULL_SERVER_HTTP_METRICS_PAGE_H_
