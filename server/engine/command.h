// What can be asked of the engine, and its answers. A command is a plain value: no gRPC, no SQL,
// already checked for form (the server's request validation); what depends on live state is checked
// by the engine.
//
// A Call carries one command to the engine's thread and its answer back. `done` is called exactly
// once, on the engine's thread, after the commit that holds the command's effects; it must not
// block. Its status is OK, or UNAVAILABLE (the commit failed, nothing is known: reason
// COMMIT_UNKNOWN; or the engine stops: reason DRAINING). Reasons stand in the status as
// engine_status.h says.
#ifndef LULL_SERVER_ENGINE_COMMAND_H_
#define LULL_SERVER_ENGINE_COMMAND_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/engine/caller.h"
#include "server/engine/lease_token.h"
#include "server/scheduler/pending_reason.h"
#include "server/scheduler/plan.h"
#include "storage/record.h"

namespace lull {

// ---- submit

struct NewJob {
  // Complete but for number, id, create_time and, where the caller leaves it to the class,
  // deadline.
  std::shared_ptr<JobSpec> spec;
  absl::Duration ttl = absl::ZeroDuration();  // instead of spec->deadline; zero: the class's
  struct RequestKey {
    std::array<uint64_t, 2> key{};  // of (tenant, request_id)
    uint64_t content = 0;
  };
  std::optional<RequestKey> request_key;
};

struct SubmitRequest {
  Caller caller;
  std::vector<NewJob> jobs;
  bool atomic = false;  // all or none
};

// Per job: OK, or ALREADY_EXISTS (the request_id was used for something else), RESOURCE_EXHAUSTED
// (admission), FAILED_PRECONDITION (deadline already over), ABORTED (another job of an atomic
// submit was refused).
struct Submitted {
  absl::Status status;
  JobNumber number = 0;
  bool existed = false;                 // a repetition: `number` is the job of the first time
  std::shared_ptr<const JobSpec> spec;  // what was stored; null if it existed
};
struct SubmitReply {
  std::vector<Submitted> jobs;  // as asked
};

// ---- read

// A live job as it is now. `state.attempts` holds finished attempts; the running one stands in the
// other fields.
struct LiveView {
  LiveState state;
  Waiting waiting;  // in kPending only
};

struct ReadRequest {
  Caller caller;
  std::vector<JobNumber> jobs;
};
struct ReadReply {
  std::vector<std::optional<LiveView>> jobs;  // nullopt: not live (ended, or never was)
};

// Set by whoever asked when nobody wants the answer any more; a long poll that is withdrawn is
// given nothing, and is answered at the next opportunity.
using Withdrawn = std::shared_ptr<const std::atomic<bool>>;

// Answered when the job has ended, or is not live, or `timeout` is over: a long poll.
struct AwaitRequest {
  Caller caller;
  JobNumber job = 0;
  absl::Duration timeout = absl::ZeroDuration();
  Withdrawn withdrawn;  // may be null
};
struct AwaitReply {
  std::optional<LiveView> live;  // nullopt: ended, its outcome is in the store
};

// ---- cancel

struct CancelRequest {
  Caller caller;
  JobNumber job = 0;
};
struct CancelReply {
  bool was_live = false;
  std::optional<LiveView> live;  // set while the running call is being cancelled; nullopt: ended
};

// ---- worker

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
};
enum class LeaseStanding : uint8_t { kHeld, kLost, kCancel };
struct RenewReply {
  std::vector<LeaseStanding> standings;  // as asked
  absl::Duration lease_duration;
  bool drain = false;
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

// ---- operators

// NOT_FOUND where no class has that name. Durable; pausing what is paused changes nothing.
struct PauseClassRequest {
  Caller caller;
  std::string class_name;
  bool pause = true;
};
struct PauseClassReply {
  absl::Status status;
};

// The worker is told at its next poll or renewal to take no more jobs, end those it has, and exit.
// Not durable: a worker is new with every start of its process, and so is the server that told it.
// NOT_FOUND where no such worker was heard of lately.
struct DrainWorkerRequest {
  Caller caller;
  std::string worker;
};
struct DrainWorkerReply {
  absl::Status status;
};

struct StatsRequest {};
struct ClassStats {
  std::string name;
  int64_t pending = 0, running = 0, cancelling = 0;
  bool paused = false;
  std::vector<std::pair<PendingReason, int64_t>> pending_by_reason;
};
struct UpstreamStats {
  std::string name;
  int64_t in_flight = 0;
  double learned_limit = 0;  // calls at a time
  bool ejected = false;
  bool parked = false;  // refuses our credential or model: needs the operator
  std::string detail;
};
struct WorkerStats {
  std::string id;
  int64_t leases = 0;
  bool draining = false;
  absl::Duration since_seen = absl::ZeroDuration();
};
struct StatsReply {
  std::vector<ClassStats> classes;
  std::vector<UpstreamStats> upstreams;
  std::vector<WorkerStats> workers;
  int64_t live_jobs = 0;
  int64_t live_bytes = 0;  // of request bodies
  int64_t idempotency_keys = 0;
};

// ---- the carrier

template <typename Request, typename Reply>
struct Call {
  Request request;
  absl::AnyInvocable<void(absl::StatusOr<Reply>)> done;
};

using Command =
    std::variant<Call<SubmitRequest, SubmitReply>, Call<ReadRequest, ReadReply>,
                 Call<AwaitRequest, AwaitReply>, Call<CancelRequest, CancelReply>,
                 Call<LeaseRequest, LeaseReply>, Call<RenewRequest, RenewReply>,
                 Call<FinishRequest, FinishReply>, Call<ReleaseRequest, ReleaseReply>,
                 Call<PauseClassRequest, PauseClassReply>,
                 Call<DrainWorkerRequest, DrainWorkerReply>, Call<StatsRequest, StatsReply>>;

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_COMMAND_H_
