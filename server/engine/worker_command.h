// What workers ask of the engine. See command.h.
#ifndef LULL_SERVER_ENGINE_WORKER_COMMAND_H_
#define LULL_SERVER_ENGINE_WORKER_COMMAND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/engine/caller.h"
#include "server/engine/lease_token.h"
#include "server/engine/withdrawn.h"
#include "server/scheduler/plan.h"
#include "storage/record.h"

namespace lull {

// A long poll, answered as soon as there is a grant, or empty when `wait` is over.
struct LeaseRequest {
  Caller caller;
  std::string worker;
  int32_t max_jobs = 1;
  int64_t max_bytes = 0;  // of request bodies; the first job is granted even if it is larger
  absl::Duration wait = absl::ZeroDuration();
  std::vector<std::string> credentials;  // names, sorted
  std::vector<std::string> tags;         // sorted
  Withdrawn withdrawn;                   // may be null
  // For the operator.
  std::string version = "";
  int32_t capacity = 0;  // 0: not said
  std::string peer = "";
};
struct LeaseGrant {
  LeaseToken token;
  int32_t attempt_number = 0;
  std::shared_ptr<const Plan> plan;  // what the indexes stand in
  int class_index = 0;
  int upstream = 0;
  std::string model;  // to send instead of the job's own; empty: leave it
  int32_t priority = 0;
  absl::Duration lease_duration;
  TimeLimits time_limits;  // total already cut at the job's deadline
};
struct LeaseReply {
  std::vector<LeaseGrant> grants;
  bool drain = false;  // the worker shall stop
};

struct RenewRequest {
  Caller caller;
  std::string worker;
  std::vector<LeaseToken> tokens;  // all that the worker holds
  // For the operator.
  int32_t in_flight = 0;
  int32_t capacity = 0;  // 0: not said
  std::string peer = "";
};
enum class LeaseStanding : uint8_t { kHeld, kLost, kCancel };
struct RenewReply {
  std::vector<LeaseStanding> standings;  // as asked
  absl::Duration lease_duration;
  bool drain = false;
};

// Asks about leases without extending them.
struct ProgressRequest {
  Caller caller;
  std::string worker;
  std::vector<LeaseToken> tokens;
  int64_t bytes = 0;  // that its call holds until it is answered
};
struct ProgressReply {
  struct Lease {
    LeaseStanding standing = LeaseStanding::kLost;
    int32_t attempt_number = 0;  // where it is not lost
  };
  std::vector<Lease> leases;  // as asked
};

// How a call ended, as the worker saw it. What follows is the server's decision.
struct AttemptReport {
  LeaseToken token;
  Outcome outcome = Outcome::kUnknown;
  Billed billed = Billed::kMaybe;
  int32_t http_status = 0;
  Bytes response;  // the answer's body where outcome is kSucceeded
  std::string content_type;
  std::string finish_reason;
  std::string response_model;
  std::string upstream_request_id;
  Usage usage;
  JobError error;
  std::optional<absl::Duration> retry_after;
  std::optional<bool> should_retry;        // the provider's own word
  std::optional<int64_t> concurrency_cap;  // learned from the answer
  absl::Duration time_to_first_content = absl::ZeroDuration();
  uint64_t hash = 0;  // of the report's content: the same report sent again has the same
};
struct FinishRequest {
  Caller caller;
  std::string worker;
  std::vector<AttemptReport> reports;
};
// kNotLive: the job has ended; it was this report that ended it if the store has this lease and
// this hash.
enum class ReportStanding : uint8_t { kAccepted, kStale, kNotLive };
struct FinishReply {
  std::vector<ReportStanding> standings;  // as asked
};

struct ReleaseRequest {
  Caller caller;
  std::string worker;
  std::vector<LeaseToken> tokens;
};
struct ReleaseReply {
  std::vector<LeaseStanding> standings;  // kHeld: it was held, and is released now
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_WORKER_COMMAND_H_
