#include "server/http/server_metrics.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_set.h"
#include "server/http/enum_label.h"

namespace lull {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

const Buckets& CommitBuckets() {
  static const Buckets buckets = {.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5};
  return buckets;
}
const Buckets& RecordBuckets() {
  static const Buckets buckets = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};
  return buckets;
}
const Buckets& RpcBuckets() {
  static const Buckets buckets = {.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60};
  return buckets;
}
const Buckets& CallBuckets() {
  static const Buckets buckets = {.1, .2, .5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800};
  return buckets;
}
// Jobs wait from no time at all to a day.
const Buckets& WaitBuckets() {
  static const Buckets buckets = {.01, .05, .1,  .5,  1,    2,    5,     10,    30,
                                  60,  120, 300, 600, 1800, 3600, 10800, 43200, 86400};
  return buckets;
}

constexpr const char* kRefusals[] = {"QUEUE_FULL", "DISK_LOW", "SERVER_OVERLOADED", "DRAINING",
                                     "RECOVERING"};
constexpr char kBackupDone[] = "done";
constexpr char kBackupFailed[] = "failed";
constexpr char kStoreWhole[] = "whole";
constexpr char kStoreDamaged[] = "damaged";
constexpr char kNotChecked[] = "put_off";

prometheus::Family<prometheus::Counter>& Counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
prometheus::Family<prometheus::Gauge>& Gauges(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
prometheus::Family<prometheus::Histogram>& Histograms(prometheus::Registry& registry,
                                                      const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

const LiveState* LiveOf(const Record& record) {
  if (const auto* changed = std::get_if<LiveChanged>(&record)) return &changed->live;
  if (const auto* created = std::get_if<JobCreated>(&record)) return &created->live;
  return nullptr;
}

}  // namespace

ServerMetrics::ServerMetrics(const Plan& plan)
    : jobs_created_(Counters(registry_, "lull_jobs_created_total", "Jobs created."), {"class"}),
      jobs_ended_(Counters(registry_, "lull_jobs_ended_total", "Jobs ended, by terminal state."),
                  {"class", "state"}),
      job_queue_wait_(Histograms(registry_, "lull_job_queue_wait_seconds",
                                 "From a job's creation, or its schedule time, to its first grant "
                                 "to a worker."),
                      {"class"}, WaitBuckets()),
      job_duration_(Histograms(registry_, "lull_job_duration_seconds",
                               "From a job's creation to its end, by terminal state."),
                    {"class", "state"}, WaitBuckets()),
      attempts_(Counters(registry_, "lull_attempts_total",
                         "Attempts ended, by route group, upstream and outcome."),
                {"route", "upstream", "outcome"}),
      attempt_duration_(Histograms(registry_, "lull_attempt_duration_seconds",
                                   "From a grant to the recorded end of its attempt."),
                        {"route", "upstream"}, CallBuckets()),
      first_content_(Histograms(registry_, "lull_attempt_first_content_seconds",
                                "From sending a request upstream to the first content of its "
                                "answer, as workers report it."),
                     {"route", "upstream"}, CallBuckets()),
      tokens_(Counters(registry_, "lull_tokens_total",
                       "Tokens that upstreams reported, by kind; cached_prompt is part of prompt, "
                       "reasoning part of completion."),
              {"class", "route", "kind"}),
      stale_reports_(Counters(registry_, "lull_stale_reports_total",
                              "Reports of workers that came after their lease was lost.")
                         .Add({})),
      expired_leases_(
          Counters(registry_, "lull_expired_leases_total", "Leases that ran out without a report.")
              .Add({})),
      refused_submits_(Counters(registry_, "lull_refused_submits_total",
                                "Jobs that were not taken for want of room, and submits that came "
                                "while none could be taken, by the reason that the error names."),
                       {"reason"}),
      backups_(Counters(registry_, "lull_backups_total", "Backups ended, by how."), {"result"}),
      store_checks_(Counters(registry_, "lull_store_checks_total",
                             "Looks through the store for damage, by what was found."),
                    {"result"}),
      store_damaged_(
          Gauges(registry_, "lull_store_damaged", "1: the store is damaged, and nothing is served.")
              .Add({})),
      commit_seconds_(
          Histograms(registry_, "lull_commit_duration_seconds", "Time of one commit to the store.")
              .Add({}, CommitBuckets())),
      commit_records_(
          Histograms(registry_, "lull_commit_records", "Records that one commit to the store held.")
              .Add({}, RecordBuckets())),
      events_(Counters(registry_, "lull_events_total", "Events committed.").Add({})),
      commit_failures_(Counters(registry_, "lull_commit_failures_total",
                                "Commits that failed; each is followed by a recovery.")
                           .Add({})),
      recoveries_(Counters(registry_, "lull_recoveries_total",
                           "Times the queue's state was loaded from the store, the first one at "
                           "the start included.")
                      .Add({})),
      rpcs_(Counters(registry_, "lull_rpcs_total", "RPCs ended, by method and gRPC status code."),
            {"method", "code"}),
      rpc_duration_(Histograms(registry_, "lull_rpc_duration_seconds",
                               "Time of one RPC. WaitJob and LeaseJobs wait on purpose."),
                    {"method"}, RpcBuckets()),
      rpcs_in_flight_(
          Gauges(registry_, "lull_rpcs_in_flight", "RPCs under way; long polls are among them."),
          {"method"}) {
  for (const QuotaClass& quota : plan.classes) {
    jobs_created_.With({quota.name});
    for (const JobState state :
         {JobState::kSucceeded, JobState::kFailed, JobState::kCancelled, JobState::kExpired}) {
      jobs_ended_.With({quota.name, LabelOf(state)});
    }
  }
  for (const char* reason : kRefusals) refused_submits_.With({reason});
  for (const char* result : {kBackupDone, kBackupFailed}) backups_.With({result});
  for (const char* result : {kStoreWhole, kStoreDamaged, kNotChecked}) {
    store_checks_.With({result});
  }
}

void ServerMetrics::OnCommitted(const Group& group, absl::Duration took) {
  commit_seconds_.Observe(absl::ToDoubleSeconds(took));
  commit_records_.Observe(static_cast<double>(group.records.size()));
  events_.Increment(static_cast<double>(group.events.size()));
  for (const Record& record : group.records) {
    if (const auto* created = std::get_if<JobCreated>(&record)) {
      jobs_created_.With({created->live.class_name}).Increment();
    } else if (const auto* ended = std::get_if<JobEnded>(&record)) {
      const std::string state = LabelOf(ended->state);
      jobs_ended_.With({ended->class_name, state}).Increment();
      job_duration_.With({ended->class_name, state})
          .Observe(absl::ToDoubleSeconds(ended->end_time - ended->create_time));
    }
  }
  ObserveWaits(group);
}

void ServerMetrics::ObserveWaits(const Group& group) {
  absl::flat_hash_set<JobNumber> started;
  for (const Event& event : group.events) {
    if (event.kind == EventKind::kStarted) started.insert(event.job);
  }
  if (started.empty()) return;
  for (const Record& record : group.records) {
    const LiveState* live = LiveOf(record);
    if (live == nullptr || live->dispatch_count != 1 || !started.contains(live->number)) continue;
    const absl::Time ready = std::max(live->create_time, live->not_before);
    job_queue_wait_.With({live->class_name})
        .Observe(absl::ToDoubleSeconds(std::max(absl::ZeroDuration(), live->first_start - ready)));
  }
}

void ServerMetrics::OnCommitFailed(const absl::Status&) { commit_failures_.Increment(); }

void ServerMetrics::OnRecovered(int64_t, int64_t, absl::Duration) { recoveries_.Increment(); }

void ServerMetrics::OnAttemptEnded(absl::string_view class_name, absl::string_view route_group,
                                   const Attempt& attempt) {
  attempts_.With({route_group, attempt.upstream, LabelOf(attempt.outcome)}).Increment();
  attempt_duration_.With({route_group, attempt.upstream})
      .Observe(absl::ToDoubleSeconds(attempt.end - attempt.start));
  if (attempt.time_to_first_content > absl::ZeroDuration()) {
    first_content_.With({route_group, attempt.upstream})
        .Observe(absl::ToDoubleSeconds(attempt.time_to_first_content));
  }
  const std::pair<const char*, int64_t> kinds[] = {
      {"prompt", attempt.usage.prompt},
      {"cached_prompt", attempt.usage.cached_prompt},
      {"completion", attempt.usage.completion},
      {"reasoning", attempt.usage.reasoning},
  };
  for (const auto& [kind, tokens] : kinds) {
    if (tokens > 0) {
      tokens_.With({class_name, route_group, kind}).Increment(static_cast<double>(tokens));
    }
  }
}

void ServerMetrics::OnStaleReport() { stale_reports_.Increment(); }

void ServerMetrics::OnLeaseExpired() { expired_leases_.Increment(); }

void ServerMetrics::OnSubmitRefused(absl::string_view reason) {
  refused_submits_.With({reason}).Increment();
}

void ServerMetrics::OnBackupEnded(const absl::Status& status) {
  backups_.With({status.ok() ? kBackupDone : kBackupFailed}).Increment();
}

void ServerMetrics::OnStoreChecked(const absl::Status& status) {
  const bool damaged = absl::IsDataLoss(status);
  store_checks_.With({status.ok() ? kStoreWhole
                      : damaged   ? kStoreDamaged
                                  : kNotChecked})
      .Increment();
  if (damaged) store_damaged_.Set(1);
}

void ServerMetrics::OnRpcStarted(const RpcMethod& method) {
  rpcs_in_flight_.With({method.name}).Increment();
}

void ServerMetrics::OnRpcEnded(const RpcMethod& method, absl::StatusCode code,
                               absl::Duration took) {
  rpcs_in_flight_.With({method.name}).Decrement();
  rpcs_.With({method.name, absl::StatusCodeToString(code)}).Increment();
  rpc_duration_.With({method.name}).Observe(absl::ToDoubleSeconds(took));
}

}  // namespace lull
