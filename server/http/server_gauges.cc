#include "server/http/server_gauges.h"

#include <string>

#include "base/build_info.h"
#include "server/http/enum_label.h"
#include "server/http/metric_family.h"

namespace lull {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

void AddClasses(const StatsReply& stats, Families* families) {
  auto jobs = ScrapedFamily::Gauge("lull_jobs", "Jobs that have not ended, by state.");
  auto pending =
      ScrapedFamily::Gauge("lull_pending_jobs", "Pending jobs, by what they wait for first.");
  for (const ClassStats& of_class : stats.classes) {
    jobs.Add(static_cast<double>(of_class.pending),
             {{"class", of_class.name}, {"state", "pending"}});
    jobs.Add(static_cast<double>(of_class.running),
             {{"class", of_class.name}, {"state", "running"}});
    jobs.Add(static_cast<double>(of_class.cancelling),
             {{"class", of_class.name}, {"state", "cancelling"}});
    for (const auto& [reason, count] : of_class.pending_by_reason) {
      pending.Add(static_cast<double>(count),
                  {{"class", of_class.name}, {"reason", LabelOf(reason)}});
    }
  }
  families->push_back(jobs.Take());
  families->push_back(pending.Take());
}

void AddUpstreams(const StatsReply& stats, Families* families) {
  auto limit = ScrapedFamily::Gauge("lull_upstream_concurrency_limit",
                                    "Calls at a time that the upstream was found to take.");
  auto in_flight = ScrapedFamily::Gauge("lull_upstream_in_flight", "Calls in flight.");
  auto ejected = ScrapedFamily::Gauge("lull_upstream_ejected",
                                      "1 while the upstream gets no calls because they fail.");
  auto parked = ScrapedFamily::Gauge("lull_upstream_parked",
                                     "1 while the upstream refuses the credential, the account or "
                                     "the model: an operator has to act.");
  for (const UpstreamStats& upstream : stats.upstreams) {
    limit.Add(upstream.learned_limit, {{"upstream", upstream.name}});
    in_flight.Add(static_cast<double>(upstream.in_flight), {{"upstream", upstream.name}});
    ejected.Add(upstream.ejected ? 1 : 0, {{"upstream", upstream.name}});
    parked.Add(upstream.parked ? 1 : 0, {{"upstream", upstream.name}});
  }
  for (ScrapedFamily* family : {&limit, &in_flight, &ejected, &parked}) {
    families->push_back(family->Take());
  }
}

void AddEngine(const StatsReply& stats, Families* families) {
  const auto gauge = [families](const char* name, const char* help, int64_t value) {
    families->push_back(ScrapedFamily::Gauge(name, help).Add(static_cast<double>(value)).Take());
  };
  AddClasses(stats, families);
  AddUpstreams(stats, families);
  int64_t leases = 0;
  for (const WorkerStats& worker : stats.workers) leases += worker.leases;
  gauge("lull_workers", "Workers that were heard of lately.",
        static_cast<int64_t>(stats.workers.size()));
  gauge("lull_leases", "Leases that workers hold.", leases);
  gauge("lull_live_request_bytes", "Bytes of request bodies of jobs that have not ended.",
        stats.live_bytes);
  gauge("lull_request_ids", "Request ids that are remembered.", stats.idempotency_keys);
  gauge("lull_refusing_submits", "1 while no job is taken because the disk is too full.",
        stats.refusing_submits.empty() ? 0 : 1);
  gauge("lull_disk_reserve_bytes",
        "With less than this free on the disk no job is taken; below half of it no call starts.",
        stats.disk_reserve_bytes);
  gauge("lull_backup_running", "1 while a backup is made.", stats.backing_up ? 1 : 0);
}

void AddStore(const ServerState& state, Families* families) {
  const auto add = [families](ScrapedFamily family, int64_t value) {
    families->push_back(family.Add(static_cast<double>(value)).Take());
  };
  add(ScrapedFamily::Gauge("lull_store_log_bytes", "Size of the store's write-ahead log."),
      state.store.log_bytes);
  add(ScrapedFamily::Gauge("lull_store_file_bytes", "Size of the store's main file."),
      state.store.file_bytes);
  add(ScrapedFamily::Gauge("lull_store_free_bytes", "Bytes in the main file that hold nothing."),
      state.store.free_bytes);
  if (state.store.disk_free_bytes != INT64_MAX) {
    add(ScrapedFamily::Gauge("lull_disk_free_bytes", "Bytes that the server may still write."),
        state.store.disk_free_bytes);
  }
  add(ScrapedFamily::Counter("lull_pruned_jobs_total",
                             "Jobs that were removed because they had ended long enough ago, or to "
                             "keep the store small."),
      state.store.pruned_jobs);
  add(ScrapedFamily::Counter("lull_pruned_events_total",
                             "Events that were removed because they were kept long enough."),
      state.store.pruned_events);
  if (state.events) {
    add(ScrapedFamily::Gauge("lull_events_kept", "Events in the log, to resume watches from."),
        *state.events);
  }
  add(ScrapedFamily::Gauge("lull_queued_reads", "Reads and replies that wait for a thread."),
      state.queued_reads);
  add(ScrapedFamily::Gauge("lull_body_cache_bytes", "Request bodies kept in memory."),
      state.bodies.bytes);
  add(ScrapedFamily::Counter("lull_body_cache_hits_total",
                             "Leased jobs whose request body was in memory."),
      state.bodies.hits);
  add(ScrapedFamily::Counter("lull_body_cache_misses_total",
                             "Leased jobs whose request body was read from the store."),
      state.bodies.misses);
  add(ScrapedFamily::Gauge("lull_watchers", "WatchJobs streams."), state.watches.watchers);
  add(ScrapedFamily::Gauge("lull_watch_bytes_in_flight",
                           "Bytes of messages that watchers have not taken yet."),
      state.watches.bytes_in_flight);
  add(ScrapedFamily::Counter("lull_watch_messages_total", "Messages sent to watchers."),
      state.watches.messages);
  add(ScrapedFamily::Counter("lull_watchers_cut_off_total",
                             "Watchers that were ended because they read too slowly."),
      state.watches.cut_off);
}

}  // namespace

Families CollectGauges(const ServerState& state) {
  Families families;
  families.push_back(ScrapedFamily::Gauge("lull_build_info", "Always 1; the labels say what runs.")
                         .Add(1, {{"version", kVersion}})
                         .Take());
  families.push_back(ScrapedFamily::Gauge("lull_engine_up",
                                          "1 if the engine answered this scrape in time; without "
                                          "it the metrics that it knows are missing.")
                         .Add(state.engine ? 1 : 0)
                         .Take());
  families.push_back(ScrapedFamily::Gauge("lull_draining", "1 while the server refuses submits.")
                         .Add(state.draining ? 1 : 0)
                         .Take());
  if (state.engine) AddEngine(*state.engine, &families);
  AddStore(state, &families);
  return families;
}

}  // namespace lull
