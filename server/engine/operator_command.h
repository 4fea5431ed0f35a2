// What operators ask of the engine. See command.h.
#ifndef LULL_SERVER_ENGINE_OPERATOR_COMMAND_H_
#define LULL_SERVER_ENGINE_OPERATOR_COMMAND_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/engine/caller.h"
#include "server/engine/withdrawn.h"
#include "server/scheduler/pending_reason.h"
#include "server/scheduler/recent_calls.h"
#include "storage/record.h"

namespace lull {

// NOT_FOUND where no class has that name. Durable. Pausing what is paused changes its reason and
// its time.
struct PauseClassRequest {
  Caller caller;
  std::string class_name;
  bool pause = true;
  std::string reason;                               // for people
  absl::Time resume_time = absl::InfiniteFuture();  // when it resumes by itself
};
struct PauseClassReply {
  absl::Status status;
};

// The worker is told at its next poll or renewal to take no more jobs, end those it has, and exit.
// Durable until the worker is gone. NOT_FOUND where no such worker was heard of lately.
struct DrainWorkerRequest {
  Caller caller;
  std::string worker;
};
struct DrainWorkerReply {
  absl::Status status;
};

// Copies the store into a file of that name in the folder of backups, while everything goes on.
// What was committed when the answer comes is in it. ALREADY_EXISTS: there is such a file. ABORTED:
// another backup is running. RESOURCE_EXHAUSTED: the disk has no room for it. CANCELLED: withdrawn.
struct BackupReply {
  int64_t copied_bytes = 0;
  int64_t total_bytes = 0;
  std::string path;
};
struct BackupRequest {
  Caller caller;
  std::string file_name;
  std::function<void(const BackupReply&)>
      report;           // after each step, as `done` is called; may be null
  Withdrawn withdrawn;  // may be null
};

struct StatsRequest {
  int32_t max_lanes = 0;  // the longest; the most to tell of
};
struct ClassStats {
  std::string name;
  int64_t pending = 0, running = 0, cancelling = 0;
  bool paused = false;
  std::string pause_reason;
  absl::Time resume_time = absl::InfiniteFuture();
  std::vector<std::pair<PendingReason, int64_t>> pending_by_reason;
  std::optional<int64_t> requests_used = std::nullopt;  // in its window; nullopt: it has no limit
  bool held = false;                                    // for quiet hours
  absl::Time hold_changes = absl::InfiniteFuture();     // when that changes; never
};
struct UpstreamStats {
  std::string name;
  int64_t in_flight = 0;
  double learned_limit = 0;  // calls at a time
  bool ejected = false;
  bool parked = false;  // refuses our credential or model: needs the operator
  bool probed = false;  // ejected or parked, and one call tries it, or is about to
  absl::Time until = absl::InfiniteFuture();        // left alone, by itself; not
  absl::Time blocked_until = absl::InfinitePast();  // as it asked; may be over
  std::optional<int64_t> named_cap;                 // of calls at a time, in its own words
  std::optional<absl::Duration> first_content;      // median of the last calls
  RecentCalls::Counts recent;
  std::string detail;  // for people: what keeps it from being called
};
struct LaneStats {
  std::string class_name;
  std::string tenant;
  std::string route_group;
  std::vector<std::string> required_tags;
  RunWhen run_when = RunWhen::kClassDefault;
  int64_t pending = 0;
  absl::Time oldest = absl::InfinitePast();  // when the first to go was created; not known
  Waiting waiting;                           // kNone: nothing holds it
};
struct WorkerStats {
  std::string id;
  int64_t leases = 0;
  bool draining = false;
  absl::Duration since_seen = absl::ZeroDuration();
  // As it said.
  std::string version;
  std::string peer;
  std::vector<std::string> credentials;
  std::vector<std::string> tags;
  int32_t in_flight = 0;
  int32_t capacity = 0;  // 0: it did not
};
struct StatsReply {
  std::vector<ClassStats> classes;
  std::vector<UpstreamStats> upstreams;
  std::vector<LaneStats> lanes;
  int64_t lane_count = 0;
  std::vector<WorkerStats> workers;
  int64_t live_jobs = 0;
  int64_t live_bytes = 0;  // of request bodies
  int64_t idempotency_keys = 0;
  EventNumber newest_event = 0;
  std::string refusing_submits;    // why no job is taken at the moment; empty: jobs are taken
  int64_t disk_reserve_bytes = 0;  // with less than that free, none is
  bool backing_up = false;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_OPERATOR_COMMAND_H_
