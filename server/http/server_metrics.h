// What happens in the server, counted for Prometheus as it happens. What only is, for example how
// many jobs wait, is asked for at each scrape: server_gauges.h.
//
// The engine's thread and gRPC's threads report; any thread may collect.
#ifndef LULL_SERVER_HTTP_SERVER_METRICS_H_
#define LULL_SERVER_HTTP_SERVER_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <vector>

#include "server/engine/engine_loop.h"
#include "server/http/labelled.h"
#include "server/rpc/rpc_method.h"
#include "server/scheduler/plan.h"

namespace lull {

class ServerMetrics final : public EngineObserver, public RpcObserver {
 public:
  // What has not happened yet in a class of `plan` is counted as 0 from the start, so that rates
  // and alerts need not wait for the first time.
  explicit ServerMetrics(const Plan& plan);

  void OnCommitted(const Group& group, absl::Duration took) override;
  void OnCommitFailed(const absl::Status& status) override;
  void OnRecovered(int64_t epoch, int64_t live_jobs, absl::Duration took) override;
  void OnAttemptEnded(absl::string_view class_name, absl::string_view route_group,
                      const Attempt& attempt) override;
  void OnStaleReport() override;
  void OnLeaseExpired() override;
  void OnSubmitRefused(absl::string_view reason) override;
  void OnBackupEnded(const absl::Status& status) override;

  // A look through the store for damage is over: see StoreWatch.
  void OnStoreChecked(const absl::Status& status);

  void OnRpcStarted(const RpcMethod& method) override;
  void OnRpcEnded(const RpcMethod& method, absl::StatusCode code, absl::Duration took) override;

  std::vector<prometheus::MetricFamily> Collect() const { return registry_.Collect(); }

 private:
  void ObserveWaits(const Group& group);

  prometheus::Registry registry_;

  Labelled<prometheus::Counter> jobs_created_;
  Labelled<prometheus::Counter> jobs_ended_;
  Labelled<prometheus::Histogram> job_queue_wait_;
  Labelled<prometheus::Histogram> job_duration_;

  Labelled<prometheus::Counter> attempts_;
  Labelled<prometheus::Histogram> attempt_duration_;
  Labelled<prometheus::Histogram> first_content_;
  Labelled<prometheus::Counter> tokens_;
  prometheus::Counter& stale_reports_;
  prometheus::Counter& expired_leases_;
  Labelled<prometheus::Counter> refused_submits_;
  Labelled<prometheus::Counter> backups_;
  Labelled<prometheus::Counter> store_checks_;
  prometheus::Gauge& store_damaged_;

  prometheus::Histogram& commit_seconds_;
  prometheus::Histogram& commit_records_;
  prometheus::Counter& events_;
  prometheus::Counter& commit_failures_;
  prometheus::Counter& recoveries_;

  Labelled<prometheus::Counter> rpcs_;
  Labelled<prometheus::Histogram> rpc_duration_;
  Labelled<prometheus::Gauge> rpcs_in_flight_;
};

}  // namespace lull

#endif  // LULL_SERVER_HTTP_SERVER_METRICS_H_
