// What clients change about jobs: cancelling, updating, deleting.
#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"
#include "server/engine/engine_status.h"

namespace lull {
namespace {

constexpr int32_t kCancelledCode = 1;  // google.rpc.Code

std::string Text(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

absl::Status Impossible(absl::string_view reason, absl::string_view message) {
  return WithReason(absl::FailedPreconditionError(message), reason);
}

}  // namespace

// ---- cancel

bool Engine::Cancel(JobSlot slot, Instant now) {
  LiveJob& job = At(slot);
  if (job.state == JobState::kRunning) {
    RequestCancel(slot, CancelCause::kUser, now);
    return true;
  }
  if (job.state != JobState::kPending) return false;
  job.cancel_cause = CancelCause::kUser;
  JobEnded ended = Ending(job, JobState::kCancelled, now);
  ended.error = {kCancelledCode, "CANCELLED", "the job was cancelled before it was started"};
  End(slot, std::move(ended), now);
  return true;
}

CancelReply Engine::Execute(const CancelRequest& request, Instant now) {
  CancelReply reply;
  const std::optional<JobSlot> slot = FindOf(request.caller, request.job);
  if (!slot) return reply;
  reply.was_live = true;
  Cancel(*slot, now);
  reply.live = View(request.caller, request.job, now);
  return reply;
}

CancelJobsReply Engine::Execute(const CancelJobsRequest& request, Instant now) {
  CancelJobsReply reply;
  for (JobNumber job : request.jobs) {
    const std::optional<JobSlot> slot = FindOf(request.caller, job);
    const bool meant = slot && (request.states & JobFilter::Bit(At(*slot).state)) != 0;
    ++(meant && Cancel(*slot, now) ? reply.cancelled : reply.skipped);
  }
  return reply;
}

// ---- update

UpdateReply Engine::Execute(const UpdateRequest& request, Instant now) {
  UpdateReply reply;
  const std::optional<JobSlot> slot = FindOf(request.caller, request.job);
  if (!slot) return reply;
  const LiveJob& job = At(*slot);
  if (job.state == JobState::kPending) {
    reply.status = CheckUpdate(job, request, now);
    if (reply.status.ok()) Update(*slot, request, now);
  }
  reply.live = View(request.caller, request.job, now);
  return reply;
}

absl::Status Engine::CheckUpdate(const LiveJob& job, const UpdateRequest& request,
                                 Instant now) const {
  if (request.class_name) {
    const std::optional<int> index = plan_->FindClass(*request.class_name);
    if (!index) {
      return Impossible("UNKNOWN_CLASS",
                        absl::StrCat("there is no class \"", *request.class_name, "\""));
    }
    if (kinds_[job.kind].run_when == RunWhen::kQuietHours && !plan_->classes[*index].quiet_hours) {
      return Impossible("NO_QUIET_HOURS",
                        absl::StrCat("the job is to run in quiet hours, and class \"",
                                     *request.class_name, "\" has none"));
    }
  }
  if (!request.deadline) return absl::OkStatus();
  if (*request.deadline <= now.wall) {
    return Impossible("DEADLINE_PASSED", absl::StrCat("the new deadline ", Text(*request.deadline),
                                                      " is already over"));
  }
  const absl::Time schedule = absl::FromUnixMicros(job.not_before_us);
  if (job.not_before_us != 0 && !job.backing_off && *request.deadline <= schedule) {
    return Impossible("DEADLINE_BEFORE_SCHEDULE",
                      absl::StrCat("the new deadline ", Text(*request.deadline),
                                   " is not after the job's schedule_time ", Text(schedule)));
  }
  return absl::OkStatus();
}

// It keeps its age and its backoff, and gets the place that a job like it has.
void Engine::Update(JobSlot slot, const UpdateRequest& request, Instant now) {
  LiveJob& job = At(slot);
  LeaveQueue(slot);
  if (request.class_name) {
    const JobKindTable::Index old = job.kind;
    JobKind kind = kinds_[old];
    kind.class_name = *request.class_name;
    Count(job, -1);
    job.kind = kinds_.Acquire(std::move(kind), *plan_);
    Count(job, +1);
    kinds_.Release(old);
  }
  if (request.priority) job.priority = static_cast<int8_t>(*request.priority);
  if (request.deadline) job.deadline_us = absl::ToUnixMicros(*request.deadline);
  if (request.labels) {
    if (!job.past) job.past = std::make_unique<JobPast>();
    job.past->labels = std::make_unique<Labels>(*request.labels);
  }
  job.urgent = false;  // until the new deadline's latest start has come
  Touch(slot);
  Note(job, EventKind::kUpdated, now);
  EnterQueue(slot, now);
}

// ---- delete

DeleteReply Engine::Execute(const DeleteRequest& request, Instant) {
  DeleteReply reply;
  for (JobNumber job : request.jobs) {
    if (IsLive(job)) {
      ++reply.live;
    } else {
      group_.records.push_back(JobDeleted{job});
    }
  }
  return reply;
}

}  // namespace lull
