// What is asked about jobs, leases and the whole.
#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"

namespace lull {

std::optional<LiveView> Engine::View(const Caller& caller, JobNumber number, Instant now) {
  const std::optional<JobSlot> slot = FindOf(caller, number);
  if (!slot) return std::nullopt;
  const LiveJob& job = At(*slot);
  const JobKind& kind = kinds_[job.kind];
  LiveView view;
  view.state = ToLiveState(job);
  if (job.state != JobState::kPending) return view;
  if (!kind.schedulable()) {
    view.waiting.reason = PendingReason::kNoUpstream;
    view.waiting.detail =
        kind.class_index < 0
            ? absl::StrCat("class \"", kind.class_name, "\" is no longer configured")
            : absl::StrCat("route group \"", kind.route_group, "\" is no longer configured");
    return view;
  }
  view.waiting = scheduler_.Why(*slot, now, view.state.not_before, [&](const Upstream& upstream) {
    return workers_.CanCall(upstream, now.steady);
  });
  return view;
}

ReadReply Engine::Execute(const ReadRequest& request, Instant now) {
  ReadReply reply;
  for (JobNumber job : request.jobs) reply.jobs.push_back(View(request.caller, job, now));
  return reply;
}

// As a renewal would answer, but nothing is extended.
ProgressReply Engine::Execute(const ProgressRequest& request, Instant now) {
  workers_.Seen(request.worker, now.steady);
  ProgressReply reply;
  for (const LeaseToken& token : request.tokens) {
    ProgressReply::Lease& lease = reply.leases.emplace_back();
    JobSlot slot = 0;
    const LiveJob* job = Find(token, &slot);
    if (job == nullptr || job->lease != token.lease) continue;
    lease.standing =
        job->state == JobState::kCancelling ? LeaseStanding::kCancel : LeaseStanding::kHeld;
    lease.attempt_number = job->dispatches;
  }
  return reply;
}

}  // namespace lull
