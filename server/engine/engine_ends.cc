// How jobs end.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"

namespace lull {
namespace {

Usage Sum(const std::vector<Attempt>& attempts) {
  Usage sum;
  for (const Attempt& attempt : attempts) {
    sum.prompt += attempt.usage.prompt;
    sum.cached_prompt += attempt.usage.cached_prompt;
    sum.completion += attempt.usage.completion;
    sum.reasoning += attempt.usage.reasoning;
  }
  return sum;
}

constexpr int32_t kDeadlineExceeded = 4;  // google.rpc.Code
constexpr int32_t kCancelledCode = 1;
constexpr int32_t kInvalidArgument = 3;
constexpr int32_t kUnavailable = 14;

}  // namespace

JobEnded Engine::Ending(const LiveJob& job, JobState state, Instant now) const {
  const JobKind& kind = kinds_[job.kind];
  JobEnded ended;
  ended.number = job.number;
  ended.state = state;
  ended.tenant = kind.tenant;
  ended.class_name = kind.class_name;
  ended.route_group = kind.route_group;
  ended.priority = job.priority;
  ended.cancel_cause = job.cancel_cause;
  ended.create_time = absl::FromUnixMicros(job.create_us);
  ended.end_time = now.wall;
  ended.deadline = absl::FromUnixMicros(job.deadline_us);
  ended.attempt_count = job.attempts;
  ended.dispatch_count = job.dispatches;
  if (job.past) {
    ended.start_time = job.past->first_start;
    ended.attempts = job.past->attempts;
    ended.usage = Sum(job.past->attempts);
    if (job.past->labels) ended.labels = *job.past->labels;
  }
  return ended;
}

void Engine::NoteEnd(LiveJob& job, const JobEnded& ended, Instant now) {
  Event& event = Note(job, EventKind::kEnded, now);
  event.error = ended.error;
  event.served_from = ended.served_from;
  if (ended.lease == 0 || ended.attempts.empty()) return;  // it was not a call that ended it
  const Attempt& attempt = ended.attempts.back();
  event.attempt_number = attempt.number;
  event.outcome = attempt.outcome;
  event.upstream = attempt.upstream;
}

void Engine::End(JobSlot slot, JobEnded ended, Instant now) {
  LiveJob& job = At(slot);
  if (job.state == JobState::kPending) LeaveQueue(slot);
  SetState(job, ended.state);
  NoteEnd(job, ended, now);
  ended.event = job.event;
  // A job may be created and end in one group: what it was created as must still be told.
  if (job.fresh) {
    const auto touched = std::find_if(touched_.begin(), touched_.end(),
                                      [&](const Touched& t) { return t.number == job.number; });
    std::get<JobCreated>(group_.records[touched->created]).live = ToLiveState(job);
  }
  group_.records.push_back(std::move(ended));
  ended_.push_back(job.number);

  StopTimer(slot);
  TenantUse& use = tenants_[kinds_[job.kind].tenant];
  use.bytes -= job.request_bytes;
  live_bytes_ -= job.request_bytes;
  if (--use.jobs == 0) tenants_.erase(kinds_[job.kind].tenant);
  kinds_.Release(job.kind);
  jobs_.Remove(slot);
}

void Engine::Succeed(JobSlot slot, const AttemptReport& report, Instant now) {
  const LiveJob& job = At(slot);
  JobEnded ended = Ending(job, JobState::kSucceeded, now);
  ended.lease = job.lease;
  ended.result_hash = report.hash;
  ended.served_from = ServedFrom::kUpstream;
  ended.http_status = report.http_status;
  ended.finish_reason = report.finish_reason;
  ended.content_type = report.content_type;
  ended.response_model = report.response_model;
  ended.upstream_request_id = report.upstream_request_id;
  ended.response = report.response;
  End(slot, std::move(ended), now);
}

void Engine::Fail(JobSlot slot, const AttemptReport& report, const char* reason, Instant now) {
  const LiveJob& job = At(slot);
  JobEnded ended = Ending(job, JobState::kFailed, now);
  ended.lease = job.lease;
  ended.result_hash = report.hash;
  ended.http_status = report.http_status;
  ended.error = report.error;
  if (ended.error.code == 0) {
    ended.error.code =
        SignalOf(report.outcome) == CallSignal::kOk ? kInvalidArgument : kUnavailable;
  }
  // That a lease ran out says nothing of why the job may not go on.
  if (ended.error.reason.empty() || report.outcome == Outcome::kUnknown) {
    ended.error.reason = reason;
  }
  if (ended.error.message.empty()) ended.error.message = "the provider gave no further reason";
  if (SignalOf(report.outcome) != CallSignal::kOk) {
    ended.error.message = absl::StrCat(ended.error.message, " (gave up after ", job.attempts,
                                       " of ", job.max_attempts, " attempts and ", job.dispatches,
                                       " dispatches: ", ended.error.reason, ")");
  }
  End(slot, std::move(ended), now);
}

void Engine::EndCancelled(JobSlot slot, Instant now) {
  const LiveJob& job = At(slot);
  const bool deadline = job.cancel_cause == CancelCause::kDeadline;
  JobEnded ended = Ending(job, deadline ? JobState::kExpired : JobState::kCancelled, now);
  ended.lease = job.lease;
  if (!job.past->attempts.empty()) ended.result_hash = job.past->attempts.back().result_hash;
  ended.error = deadline ? JobError{kDeadlineExceeded, "DEADLINE_EXCEEDED",
                                    "the job's deadline passed while it was running"}
                         : JobError{kCancelledCode, "CANCELLED",
                                    "the job was cancelled while it was running"};
  End(slot, std::move(ended), now);
}

void Engine::RequestCancel(JobSlot slot, CancelCause cause, Instant now) {
  LiveJob& job = At(slot);
  job.cancel_cause = cause;
  SetState(job, JobState::kCancelling);
  StopTimer(slot);
  Touch(slot);
  Note(job, EventKind::kCancelRequested, now);
}

}  // namespace lull
