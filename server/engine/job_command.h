// What clients ask of the engine. See command.h.
#ifndef LULL_SERVER_ENGINE_JOB_COMMAND_H_
#define LULL_SERVER_ENGINE_JOB_COMMAND_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/engine/caller.h"
#include "server/engine/withdrawn.h"
#include "server/scheduler/pending_reason.h"
#include "storage/job_filter.h"
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
  // Taken with the job unless it is taken already: whoever submits with it as `request_key` then
  // finds this job.
  std::optional<RequestKey> also_key;
};

struct SubmitRequest {
  Caller caller;
  std::vector<NewJob> jobs;
  bool atomic = false;  // all or none
  // With `atomic`: jobs of repeated request ids that the caller has found in the store.
  std::vector<JobNumber> found = {};
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
  // Of several atomic ones: nothing was done. These jobs, whose request ids are repeated, may have
  // been deleted, or be before they are read, so they are to be read first: ask again with those
  // found.
  struct Repeated {
    size_t place = 0;  // among those asked
    JobNumber number = 0;
  };
  std::vector<Repeated> to_find = {};
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

// Many jobs. Those that are in none of the states by now are passed over: whoever selected them
// meant them as they were.
struct CancelJobsRequest {
  Caller caller;
  std::vector<JobNumber> jobs;
  uint32_t states = JobFilter::kAllStates;
};
struct CancelJobsReply {
  int64_t cancelled = 0;  // that ended, or whose worker is asked to stop, by this command
  int64_t skipped = 0;
};

// ---- update

// Of a pending job; what is nullopt stays as it is.
struct UpdateRequest {
  Caller caller;
  JobNumber job = 0;
  std::optional<std::string> class_name;
  std::optional<int32_t> priority;
  std::optional<absl::Time> deadline;
  std::optional<Labels> labels;
};
struct UpdateReply {
  // FAILED_PRECONDITION: the new values are not possible for this job (any more), nothing was
  // changed: reasons UNKNOWN_CLASS, DEADLINE_PASSED, DEADLINE_BEFORE_SCHEDULE, NO_QUIET_HOURS.
  absl::Status status;
  // As it is now; unless its state is kPending it was not changed. nullopt: it has ended.
  std::optional<LiveView> live;
};

// ---- delete

// Jobs that have ended. Whose they are was looked up before. Live ones are passed over, and so are
// those that are deleted already.
struct DeleteRequest {
  Caller caller;
  std::vector<JobNumber> jobs;
};
struct DeleteReply {
  int64_t live = 0;  // passed over
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_JOB_COMMAND_H_
