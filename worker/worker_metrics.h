// What the worker counts, for Prometheus. Any thread.
#ifndef LULL_WORKER_WORKER_METRICS_H_
#define LULL_WORKER_WORKER_METRICS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/attempt.pb.h"

namespace lull {

class WorkerMetrics {
 public:
  explicit WorkerMetrics(int capacity);
  ~WorkerMetrics();

  // A call ended after `took`; without a first content there is none.
  void CountCall(v1::Outcome outcome, absl::Duration took,
                 std::optional<absl::Duration> first_content);
  void SetCallsInFlight(int calls);
  void SetLeasesHeld(int leases);
  void SetReportsPending(int reports);
  void CountLeasedJobs(int jobs);
  void CountLostLease();
  void CountStaleReport();
  void CountFailedReport();
  // Output of watched calls that was handed to the server, or dropped.
  void CountProgress(int64_t bytes);
  void CountDroppedProgress(int64_t bytes);
  // `result` is "jobs", "empty" or "failed".
  void CountPoll(absl::string_view result);
  void CountRenewal(bool ok);

  // The text that a scrape gets.
  std::string Render() const;

 private:
  struct Families;
  const std::unique_ptr<Families> families_;
};

}  // namespace lull

#endif  // LULL_WORKER_WORKER_METRICS_H_
