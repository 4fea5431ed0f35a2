// How attempts end, and what follows.
#include <algorithm>

#include "server/engine/engine.h"
#include "server/scheduler/backoff.h"

namespace lull {
namespace {

constexpr size_t kKeptAtEachEnd = 10;  // finished attempts: the first and the last ten
constexpr uint8_t kMaxBackoffRound = 30;

// An attempt that nobody reported.
AttemptReport Unreported(Outcome outcome, Billed billed, JobError error) {
  AttemptReport report;
  report.outcome = outcome;
  report.billed = billed;
  report.error = std::move(error);
  return report;
}

CallEnd EndOf(const AttemptReport& report) {
  return {SignalOf(report.outcome), report.retry_after, report.concurrency_cap,
          report.time_to_first_content};
}

void Keep(std::vector<Attempt>& attempts, Attempt attempt) {
  if (attempts.size() == 2 * kKeptAtEachEnd) attempts.erase(attempts.begin() + kKeptAtEachEnd);
  attempts.push_back(std::move(attempt));
}

void Describe(Attempt& attempt, const AttemptReport& report) {
  attempt.outcome = report.outcome;
  attempt.billed = report.billed;
  attempt.http_status = report.http_status;
  attempt.finish_reason = report.finish_reason;
  attempt.upstream_request_id = report.upstream_request_id;
  attempt.time_to_first_content = report.time_to_first_content;
  attempt.usage = report.usage;
  attempt.error = report.error;
  attempt.result_hash = report.hash;
}

}  // namespace

void Engine::CloseAttempt(JobSlot slot, const AttemptReport& report, Instant now) {
  LiveJob& job = At(slot);
  const RunningAttempt& running = *job.running;
  Attempt attempt;
  attempt.number = job.dispatches;
  attempt.lease = job.lease;
  attempt.worker = running.worker;
  attempt.upstream = running.upstream;
  attempt.model = running.model;
  attempt.outside_window = running.outside_window;
  attempt.start = running.start;
  attempt.end = now.wall;
  Describe(attempt, report);
  if (CostsAttempt(report.outcome)) ++job.attempts;
  const JobKind& kind = kinds_[job.kind];
  usage_.Add(kind, attempt);
  ended_attempts_.push_back({kind.class_name, kind.route_group, attempt});
  Keep(job.past->attempts, std::move(attempt));
  workers_.Drop(running.worker, slot);
  if (lease_places_.Get(slot) != HeapPlaces::kNowhere) lease_timers_.Remove(lease_places_, slot);
  Touch(slot);
}

FinishReply Engine::Execute(const FinishRequest& request, Instant now) {
  FinishReply reply;
  workers_.Seen(request.worker, now.steady);
  for (const AttemptReport& report : request.reports) {
    reply.standings.push_back(FinishOne(report, now));
    if (reply.standings.back() == ReportStanding::kStale) ++stale_reports_;
  }
  return reply;
}

ReportStanding Engine::FinishOne(const AttemptReport& report, Instant now) {
  JobSlot slot = 0;
  LiveJob* job = Find(report.token, &slot);
  if (job == nullptr) {
    return report.token.instance == instance_ ? ReportStanding::kNotLive : ReportStanding::kStale;
  }
  if (!job->running || job->lease != report.token.lease) return FinishLate(slot, report, now);
  const RunningCall call = job->running->call;
  CloseAttempt(slot, report, now);
  scheduler_.End(call, EndOf(report), now.steady);
  if (report.outcome == Outcome::kSucceeded) {
    scheduler_.NoteDuration(call.class_index, now.steady - call.started);
  }
  FollowUpOn(slot, report, call.upstream, now);
  return ReportStanding::kAccepted;
}

// A report for an attempt that is over already: sent again, too late, or of a lease that ran out or
// was taken back while nobody else was given the job. The last is taken, since the answer was paid
// for.
ReportStanding Engine::FinishLate(JobSlot slot, const AttemptReport& report, Instant now) {
  LiveJob& job = At(slot);
  if (!job.past) return ReportStanding::kStale;
  std::vector<Attempt>& attempts = job.past->attempts;
  const auto attempt = std::find_if(attempts.rbegin(), attempts.rend(), [&](const Attempt& a) {
    return a.lease == report.token.lease;
  });
  if (attempt == attempts.rend()) return ReportStanding::kStale;
  if (attempt->outcome != Outcome::kUnknown && attempt->outcome != Outcome::kReleased) {
    const bool same = report.hash != 0 && attempt->result_hash == report.hash;
    return same ? ReportStanding::kAccepted : ReportStanding::kStale;
  }
  if (job.lease != report.token.lease || job.running) return ReportStanding::kStale;

  if (auto lost = lost_calls_.Remove(job.number, job.lease)) {
    scheduler_.End(lost->first.call, EndOf(report), now.steady);
    group_.records.push_back(std::move(lost->second));
  }
  usage_.Undo(kinds_[job.kind], *attempt);
  job.attempts += (CostsAttempt(report.outcome) ? 1 : 0) - (CostsAttempt(attempt->outcome) ? 1 : 0);
  Describe(*attempt, report);
  attempt->end = now.wall;
  usage_.Add(kinds_[job.kind], *attempt);
  Touch(slot);
  // Whether to try again was settled when the lease ended; only an end is news.
  const Verdict verdict = Judge({report.outcome, report.should_retry, job.attempts,
                                 job.max_attempts, job.dispatches, INT32_MAX, OnUnknown::kRetry});
  if (verdict.follow_up == FollowUp::kSucceed) {
    LeaveQueue(slot);
    Succeed(slot, report, now);
  } else if (verdict.follow_up == FollowUp::kFail) {
    LeaveQueue(slot);
    Fail(slot, report, verdict.reason, now);
  }
  return ReportStanding::kAccepted;
}

void Engine::FollowUpOn(JobSlot slot, const AttemptReport& report, int upstream, Instant now) {
  LiveJob& job = At(slot);
  if (report.outcome == Outcome::kSucceeded) return Succeed(slot, report, now);
  if (job.state == JobState::kCancelling) return EndCancelled(slot, now);
  const QuotaClass* quota = ClassOf(job);
  const QuotaClass defaults;
  if (quota == nullptr) quota = &defaults;
  const Verdict verdict =
      Judge({report.outcome, report.should_retry, job.attempts, job.max_attempts, job.dispatches,
             quota->max_dispatches, quota->on_unknown, report.billed == Billed::kMaybe});
  if (verdict.follow_up == FollowUp::kFail) return Fail(slot, report, verdict.reason, now);
  job.past->attempts.back().retry_delay = PlanRetry(job, report, upstream, now);
  BackToQueue(
      slot,
      report.outcome == Outcome::kUnknown ? EventKind::kLeaseExpired : EventKind::kAttemptFailed,
      now);
}

// Where and when next: at once to another member of the route group while one is left that did not
// fail this job, else after a backoff, to any of them.
absl::Duration Engine::PlanRetry(LiveJob& job, const AttemptReport& report, int upstream,
                                 Instant now) {
  const CallSignal signal = SignalOf(report.outcome);
  const JobKind& kind = kinds_[job.kind];
  if (signal == CallSignal::kNoSignal || !kind.schedulable()) return absl::ZeroDuration();
  const std::vector<RouteMember>& members = plan_->route_groups[kind.route].members;
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].upstream == upstream) job.avoid |= uint32_t{1} << i;
  }
  const uint32_t usable = scheduler_.UsableMembers(kind.route, kind.required_tags, now.steady);
  if ((usable & ~job.avoid) != 0) return absl::ZeroDuration();
  job.avoid = 0;
  // Not the job's fault: it waits at its upstream's door, which opens when the operator has mended
  // it.
  if (signal == CallSignal::kRefused) return absl::ZeroDuration();
  const absl::Duration delay = BackoffDelay(
      plan_->classes[kind.class_index].backoff, job.backoff_round, random_.Uniform(),
      std::min(report.retry_after.value_or(absl::ZeroDuration()), UpstreamState::kMaxRetryAfter));
  job.backoff_round = std::min<uint8_t>(job.backoff_round + 1, kMaxBackoffRound);
  job.not_before_us = absl::ToUnixMicros(now.wall + delay);
  job.backing_off = true;
  return delay;
}

void Engine::BackToQueue(JobSlot slot, EventKind kind, Instant now) {
  LiveJob& job = At(slot);
  SetState(job, JobState::kPending);
  Touch(slot);
  const Attempt& attempt = job.past->attempts.back();
  Event& event = Note(job, kind, now);
  event.attempt_number = attempt.number;
  event.outcome = attempt.outcome;
  event.retry_delay = attempt.retry_delay;
  event.error = attempt.error;
  job.running.reset();
  EnterQueue(slot, now);
}

ReleaseReply Engine::Execute(const ReleaseRequest& request, Instant now) {
  ReleaseReply reply;
  workers_.Seen(request.worker, now.steady);
  for (const LeaseToken& token : request.tokens) {
    JobSlot slot = 0;
    const LiveJob* job = Find(token, &slot);
    const bool held = job != nullptr && job->running && job->lease == token.lease;
    reply.standings.push_back(held ? LeaseStanding::kHeld : LeaseStanding::kLost);
    if (held) ReleaseOne(slot, now);
  }
  return reply;
}

void Engine::ReleaseOne(JobSlot slot, Instant now) {
  const AttemptReport report = Unreported(Outcome::kReleased, Billed::kNo, {});
  const RunningCall call = At(slot).running->call;
  CloseAttempt(slot, report, now);
  scheduler_.End(call, CallEnd(), now.steady);
  if (At(slot).state == JobState::kCancelling) return EndCancelled(slot, now);
  BackToQueue(slot, EventKind::kReleased, now);
}

void Engine::LoseLease(JobSlot slot, Instant now) {
  ++expired_leases_;
  LiveJob& job = At(slot);
  const RunningAttempt& running = *job.running;
  const AttemptReport report =
      Unreported(Outcome::kUnknown, Billed::kMaybe,
                 {14, "LEASE_EXPIRED", "the worker was not heard of until its lease ran out"});
  LostCalls::Lost lost;
  lost.call = running.call;
  lost.class_name = kinds_[job.kind].class_name;
  lost.upstream = running.upstream;
  lost.until = running.start + running.total_limit;
  const int upstream = running.call.upstream;
  if (lost.until > now.wall) {
    group_.records.push_back(lost_calls_.Add(job.number, job.lease, std::move(lost)));
  } else {
    scheduler_.End(lost.call, CallEnd(), now.steady);
  }
  CloseAttempt(slot, report, now);
  FollowUpOn(slot, report, upstream, now);
}

}  // namespace lull
