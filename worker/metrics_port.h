// The worker's HTTP port: GET /metrics for Prometheus, GET /healthz for whoever restarts it.
#ifndef LULL_WORKER_METRICS_PORT_H_
#define LULL_WORKER_METRICS_PORT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/http/http_router.h"
#include "base/http/http_server.h"
#include "worker/worker_metrics.h"

namespace lull {

class MetricsPort {
 public:
  // `address` is "HOST:PORT" with a numeric host or "localhost"; port 0 takes a free one. `metrics`
  // outlives the port. INVALID_ARGUMENT, or UNAVAILABLE when it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<MetricsPort>> Start(const std::string& address,
                                                            const WorkerMetrics& metrics);

  // With the port that was taken.
  const std::string& address() const { return address_; }

 private:
  MetricsPort() = default;

  HttpRouter router_;
  std::string address_;
  std::unique_ptr<HttpServer> server_;  // uses the router until it ends
};

}  // namespace lull

#endif  // LULL_WORKER_METRICS_PORT_H_
