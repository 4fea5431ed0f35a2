// What the store keeps, as plain structs. The engine writes these, the store keeps them, readers
// get them back.
//
// A Group is what one commit holds: everything in it becomes durable together or not at all. Values
// are absolute, never increments (but for UsageAdded), so applying a record needs no read. Bodies
// travel by shared pointer and are never copied.
//
// Times are wall-clock times, kept as microseconds since the Unix epoch; absl::InfinitePast() means
// "not set".
#ifndef LULL_STORAGE_RECORD_H_
#define LULL_STORAGE_RECORD_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "storage/job_id.h"

namespace lull {

using JobNumber = int64_t;    // from 1, rises in the order of submits, never used twice
using EventNumber = int64_t;  // from 1, without gaps
using LeaseNumber = int64_t;  // per job, from 1, rises with every grant: the fence
using Bytes = std::shared_ptr<const std::string>;  // null means "none", which differs from empty
using Labels = std::vector<std::pair<std::string, std::string>>;  // sorted by key, keys unique

// The numbers below stand in files: they never change meaning.
enum class JobState : uint8_t {
  kPending = 1,
  kRunning = 2,
  kCancelling = 3,
  kSucceeded = 4,
  kFailed = 5,
  kCancelled = 6,
  kExpired = 7,
};
inline bool IsTerminal(JobState state) { return state >= JobState::kSucceeded; }

enum class RunWhen : uint8_t { kClassDefault = 0, kAnyTime = 1, kQuietHours = 2 };

// How an attempt ended. kNone: it has not.
enum class Outcome : uint8_t {
  kNone = 0,
  kSucceeded = 1,
  kBusy = 2,
  kRateLimited = 3,
  kServerError = 4,
  kTimeout = 5,
  kConnectionFailed = 6,
  kTruncated = 7,
  kInvalidResponse = 8,
  kInvalidRequest = 9,
  kContextOverflow = 10,
  kUnauthorized = 11,
  kNoBalance = 12,
  kModelNotFound = 13,
  kQuotaExhausted = 14,
  kCancelled = 15,
  kReleased = 16,  // given back before anything was sent
  kUnknown = 17,   // the worker was lost
};

// Why an attempt of a held job started outside its window.
enum class OutsideWindow : uint8_t { kNo = 0, kDeadline = 1, kOptedIn = 2 };

// Whether the provider may have charged for an attempt.
enum class Billed : uint8_t { kNo = 1, kMaybe = 2, kYes = 3 };

enum class ServedFrom : uint8_t {
  kNowhere = 0,
  kUpstream = 1,
  kCache = 2,
  kCoalesced = 3,
  kFallback = 4,
  kTemplate = 5,
};

// Why a job is in kCancelling.
enum class CancelCause : uint8_t { kNone = 0, kUser = 1, kDeadline = 2, kParent = 3 };

// In tokens, as the provider reported them.
struct Usage {
  int64_t prompt = 0;
  int64_t cached_prompt = 0;  // part of prompt
  int64_t completion = 0;
  int64_t reasoning = 0;  // part of completion
  friend bool operator==(const Usage&, const Usage&) = default;
};

struct JobError {
  int32_t code = 0;     // a google.rpc.Code; 0 means no error
  std::string reason;   // UPPER_SNAKE_CASE, for programs
  std::string message;  // for people; redacted and cut
  friend bool operator==(const JobError&, const JobError&) = default;
};

// One finished attempt. A job keeps its first and last ten.
struct Attempt {
  int32_t number = 0;  // the dispatch it was, from 1
  LeaseNumber lease = 0;
  std::string worker;
  std::string upstream;
  std::string model;  // sent instead of the job's own; empty: the job's own
  OutsideWindow outside_window = OutsideWindow::kNo;
  absl::Time start = absl::InfinitePast();
  absl::Time end = absl::InfinitePast();
  Outcome outcome = Outcome::kNone;
  Billed billed = Billed::kNo;
  int32_t http_status = 0;  // 0: no answer
  std::string finish_reason;
  std::string upstream_request_id;
  absl::Duration time_to_first_content = absl::ZeroDuration();  // zero: none came
  Usage usage;
  JobError error;
  uint64_t result_hash = 0;  // of the report that ended it, to recognise it when it is sent again
  absl::Duration retry_delay = absl::ZeroDuration();  // until the job could run again
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

// What a job was submitted as. Written once.
struct JobSpec {
  JobNumber number = 0;
  JobId id;
  std::string tenant;
  std::string class_name;
  std::string route_group;
  std::vector<std::string> required_tags;  // sorted, unique
  RunWhen run_when = RunWhen::kClassDefault;
  int32_t priority = 0;
  Labels labels;
  absl::Time create_time = absl::InfinitePast();
  absl::Time schedule_time = absl::InfinitePast();
  absl::Time deadline = absl::InfinitePast();  // always set: every job ends
  int32_t max_attempts = 0;
  std::string method;
  std::string path;
  std::string model;
  Bytes body;
  Bytes options;  // further settings, opaque here: the server's serialized form
};

// The truth of a job that has not ended, beside its spec. `attempt_*`, `worker`, `upstream` and
// `total_limit` are of the running attempt and meaningful in kRunning and kCancelling only.
struct LiveState {
  JobNumber number = 0;
  std::string tenant;
  std::string class_name;
  std::string route_group;
  std::string model;  // the job's own
  std::vector<std::string> required_tags;
  RunWhen run_when = RunWhen::kClassDefault;
  JobState state = JobState::kPending;
  CancelCause cancel_cause = CancelCause::kNone;
  int32_t priority = 0;
  absl::Time create_time = absl::InfinitePast();
  absl::Time ready_since = absl::InfinitePast();  // what ageing counts from
  absl::Time not_before = absl::InfinitePast();   // schedule or backoff
  bool backing_off = false;                       // not_before is a backoff, not a schedule
  absl::Time deadline = absl::InfiniteFuture();
  int64_t request_bytes = 0;
  int32_t max_attempts = 0;
  int32_t attempt_count = 0;   // attempts that count against max_attempts
  int32_t dispatch_count = 0;  // grants, released ones included
  int32_t backoff_round = 0;   // backoffs in a row, the exponent of the next
  uint32_t avoid_upstreams =
      0;  // bit i: the route group's i-th upstream failed this job since its last backoff
  LeaseNumber lease = 0;  // the latest one given
  std::string worker;
  std::string upstream;
  std::string attempt_model;  // as Attempt::model
  OutsideWindow outside_window = OutsideWindow::kNo;
  absl::Time attempt_start = absl::InfinitePast();
  absl::Duration total_limit = absl::ZeroDuration();  // of the running attempt
  absl::Time first_start = absl::InfinitePast();      // of the job's first attempt
  std::optional<Labels> labels;   // the present ones where they were changed; nullopt: as created
  EventNumber event = 0;          // the newest event of this job
  std::vector<Attempt> attempts;  // finished ones, first and last ten
  friend bool operator==(const LiveState&, const LiveState&) = default;
};

struct JobCreated {
  std::shared_ptr<const JobSpec> spec;
  LiveState live;
};

// The changed state of a live job, whole.
struct LiveChanged {
  LiveState live;
};

// The one recorded outcome of a job; its live state is removed with it.
struct JobEnded {
  JobNumber number = 0;
  JobState state = JobState::kFailed;
  std::string tenant;
  std::string class_name;
  std::string route_group;
  int32_t priority = 0;
  CancelCause cancel_cause =
      CancelCause::kNone;  // of a job that was to be cancelled, however it ended
  absl::Time create_time = absl::InfinitePast();
  absl::Time start_time = absl::InfinitePast();  // of the first attempt; not set if there was none
  absl::Time end_time = absl::InfinitePast();
  absl::Time deadline = absl::InfinitePast();
  LeaseNumber lease = 0;     // the lease that gave the outcome; 0 if none did
  uint64_t result_hash = 0;  // of the accepted result, to recognise it when it is sent again
  int32_t attempt_count = 0;
  int32_t dispatch_count = 0;
  std::optional<Labels> labels;  // as LiveState::labels
  EventNumber event = 0;         // its terminal one
  std::vector<Attempt> attempts;
  Usage usage;  // over all attempts
  ServedFrom served_from = ServedFrom::kNowhere;
  JobError error;
  int32_t http_status = 0;
  std::string finish_reason;
  std::string content_type;
  std::string response_model;       // as the answer names it
  std::string upstream_request_id;  // as the answer's headers give it
  Bytes response;
};

// Removes a job that has ended, with its request and its answer. A job that is not stored any more
// is passed over. Its idempotency key, its usage and its events stay.
struct JobDeleted {
  JobNumber number = 0;
};

// What calls of one day used: added to what the store has, so that no total need be in memory.
struct UsageAdded {
  int32_t day = 0;  // of the start of the call: days since 1970-01-01, UTC
  std::string tenant;
  std::string class_name;
  std::string upstream;
  std::string model;  // as it was sent
  int64_t calls = 0;
  int64_t maybe_billed_calls = 0;
  Usage usage;
  friend bool operator==(const UsageAdded&, const UsageAdded&) = default;
};

// An idempotency key. Kept apart from the job, so that it outlives it.
struct KeyAdded {
  std::array<uint64_t, 2> key{};  // of (tenant, request_id)
  uint64_t content = 0;           // of what was asked
  JobNumber job = 0;
  absl::Time time = absl::InfinitePast();
};

// The numbers stand in files.
enum class EventKind : uint8_t {
  kCreated = 1,
  kStarted = 2,
  kAttemptFailed = 3,  // the job is pending again
  kReleased = 4,
  kLeaseExpired = 5,  // the job is pending again
  kCancelRequested = 6,
  kUpdated = 7,
  kEnded = 8,
};

// A step in a job's life. Event i of a group has number first_event + i. What a job was created as
// (its id, its labels) stands with the job, not here.
struct Event {
  JobNumber job = 0;
  EventKind kind = EventKind::kCreated;
  JobState state = JobState::kPending;  // after the step
  LeaseNumber lease = 0;
  Outcome outcome = Outcome::kNone;
  absl::Time time = absl::InfinitePast();
  std::string upstream;
  std::string tenant;
  std::string class_name;                             // after the step
  int32_t attempt_number = 0;                         // the dispatch it is about; 0: none
  std::string worker;                                 // kStarted
  absl::Duration retry_delay = absl::ZeroDuration();  // steps back to kPending
  JobError error;                                     // of a failed attempt or end
  CancelCause cancel_cause = CancelCause::kNone;
  ServedFrom served_from = ServedFrom::kNowhere;      // kEnded
  OutsideWindow outside_window = OutsideWindow::kNo;  // kStarted
  friend bool operator==(const Event&, const Event&) = default;
};

// One of the engine's small durable values. Which exist is the engine's business.
struct SmallState {
  std::string kind;
  std::string key;
  std::optional<std::string> value;  // nullopt: removed
};

using Record =
    std::variant<JobCreated, LiveChanged, JobEnded, JobDeleted, KeyAdded, UsageAdded, SmallState>;

struct Group {
  int64_t epoch = 0;            // of the Recover() that the writer stands on
  EventNumber first_event = 0;  // the number of events[0]
  std::vector<Record> records;
  std::vector<Event> events;
};

}  // namespace lull

#endif  // LULL_STORAGE_RECORD_H_
