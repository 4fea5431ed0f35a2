#include "worker/worker_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "base/build_info.h"

namespace lull {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

// From an answer out of a cache to half an hour in a provider's queue.
const std::vector<double>& SecondsBuckets() {
  static const auto& buckets = *new std::vector<double>{0.05, 0.1, 0.25, 0.5, 1,   2.5, 5,   10,
                                                        20,   40,  60,   120, 300, 600, 1800};
  return buckets;
}

// "OUTCOME_RATE_LIMITED" → "rate_limited".
std::string LabelOf(v1::Outcome outcome) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::Outcome_Name(outcome), "OUTCOME_"));
}

}  // namespace

struct WorkerMetrics::Families {
  prometheus::Registry registry;

  Counter& MakeCounter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }
  Gauge& MakeGauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
  Histogram& MakeSeconds(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
        {}, SecondsBuckets());
  }

  prometheus::Family<Counter>& calls = prometheus::BuildCounter()
                                           .Name("lull_worker_calls_total")
                                           .Help("Calls of upstreams that ended, by outcome.")
                                           .Register(registry);
  Histogram& call_seconds = MakeSeconds("lull_worker_call_duration_seconds",
                                        "From taking a lease to the end of its call.");
  Histogram& first_content_seconds =
      MakeSeconds("lull_worker_first_content_seconds",
                  "From sending a request to the first content of its answer.");
  Gauge& calls_in_flight = MakeGauge("lull_worker_calls_in_flight", "Calls under way.");
  Gauge& capacity = MakeGauge("lull_worker_capacity", "The most leases held at the same time.");
  Gauge& leases_held =
      MakeGauge("lull_worker_leases_held", "Leases whose report the server has not taken.");
  Gauge& reports_pending =
      MakeGauge("lull_worker_reports_pending", "Reports that the server has not taken.");
  Counter& leased_jobs =
      MakeCounter("lull_worker_leased_jobs_total", "Jobs taken from the server.");
  Counter& lost_leases = MakeCounter("lull_worker_lost_leases_total",
                                     "Leases that the server gave to another worker.");
  Counter& stale_reports = MakeCounter("lull_worker_stale_reports_total",
                                       "Reports that came after the lease was another's.");
  Counter& failed_reports = MakeCounter("lull_worker_failed_reports_total",
                                        "Calls to report that failed and were repeated.");
  Counter& progress_bytes = MakeCounter("lull_worker_progress_bytes_total",
                                        "Output of watched calls that the server took.");
  Counter& dropped_progress_bytes =
      MakeCounter("lull_worker_dropped_progress_bytes_total",
                  "Output of watched calls that the server did not take in time.");
  prometheus::Family<Counter>& polls = prometheus::BuildCounter()
                                           .Name("lull_worker_lease_polls_total")
                                           .Help("Polls for jobs that ended, by result.")
                                           .Register(registry);
  prometheus::Family<Counter>& renewals = prometheus::BuildCounter()
                                              .Name("lull_worker_renewals_total")
                                              .Help("Renewals of all leases, by result.")
                                              .Register(registry);
};

WorkerMetrics::WorkerMetrics(int capacity) : families_(std::make_unique<Families>()) {
  families_->capacity.Set(capacity);
  prometheus::BuildGauge()
      .Name("lull_build_info")
      .Help("Always 1; the version is a label.")
      .Register(families_->registry)
      .Add({{"version", kVersion}})
      .Set(1);
  // Every series from the start, so that the first failure is a step and not a birth.
  for (int i = v1::Outcome_MIN; i <= v1::Outcome_MAX; ++i) {
    const auto outcome = static_cast<v1::Outcome>(i);
    const bool never_here = outcome == v1::OUTCOME_UNSPECIFIED || outcome == v1::OUTCOME_UNKNOWN ||
                            outcome == v1::OUTCOME_RELEASED;
    if (!never_here) families_->calls.Add({{"outcome", LabelOf(outcome)}});
  }
  for (const char* result : {"jobs", "empty", "failed"}) families_->polls.Add({{"result", result}});
  for (const char* result : {"ok", "failed"}) families_->renewals.Add({{"result", result}});
}

WorkerMetrics::~WorkerMetrics() = default;

void WorkerMetrics::CountCall(v1::Outcome outcome, absl::Duration took,
                              std::optional<absl::Duration> first_content) {
  families_->calls.Add({{"outcome", LabelOf(outcome)}}).Increment();
  families_->call_seconds.Observe(absl::ToDoubleSeconds(took));
  if (first_content) {
    families_->first_content_seconds.Observe(absl::ToDoubleSeconds(*first_content));
  }
}

void WorkerMetrics::SetCallsInFlight(int calls) { families_->calls_in_flight.Set(calls); }
void WorkerMetrics::SetLeasesHeld(int leases) { families_->leases_held.Set(leases); }
void WorkerMetrics::SetReportsPending(int reports) { families_->reports_pending.Set(reports); }
void WorkerMetrics::CountLeasedJobs(int jobs) { families_->leased_jobs.Increment(jobs); }
void WorkerMetrics::CountLostLease() { families_->lost_leases.Increment(); }
void WorkerMetrics::CountStaleReport() { families_->stale_reports.Increment(); }
void WorkerMetrics::CountFailedReport() { families_->failed_reports.Increment(); }

void WorkerMetrics::CountProgress(int64_t bytes) {
  families_->progress_bytes.Increment(static_cast<double>(bytes));
}

void WorkerMetrics::CountDroppedProgress(int64_t bytes) {
  families_->dropped_progress_bytes.Increment(static_cast<double>(bytes));
}

void WorkerMetrics::CountPoll(absl::string_view result) {
  families_->polls.Add({{"result", std::string(result)}}).Increment();
}

void WorkerMetrics::CountRenewal(bool ok) {
  families_->renewals.Add({{"result", ok ? "ok" : "failed"}}).Increment();
}

std::string WorkerMetrics::Render() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace lull
