// The scheduler's answers to "why is this job waiting?". They walk the same gates as a grant, in
// the same order.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/scheduler/scheduler.h"

namespace lull {
namespace {

std::string AtTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

std::string Seconds(absl::Duration duration) {
  return absl::FormatDuration(absl::Ceil(duration, absl::Seconds(1)));
}

}  // namespace

Scheduler::Answer Scheduler::AskRoute(const LaneKey& key, absl::Duration steady_now,
                                      absl::FunctionRef<bool(const Upstream&)> has_worker) {
  Answer best{PendingReason::kNoUpstream, absl::InfiniteDuration(), -1};
  for (const RouteMember& member : plan_->route_groups[key.route].members) {
    const Upstream& upstream = plan_->upstreams[member.upstream];
    if (!upstream.Carries(key.required_tags)) continue;
    Answer answer = AskUpstream(member.upstream, steady_now);
    if (answer.reason == PendingReason::kNone && !has_worker(upstream)) {
      answer = {PendingReason::kNoWorker, absl::InfiniteDuration(), member.upstream};
    }
    if (answer.reason == PendingReason::kNone) return answer;
    // The one that opens first is what the job waits for.
    if (best.upstream < 0 || answer.opens < best.opens) best = answer;
  }
  return best;
}

PendingReason Scheduler::LaneReason(const Lane& lane, Instant now,
                                    absl::FunctionRef<bool(const Upstream&)> has_worker,
                                    Answer* answer) {
  ClassState& quota_class = classes_[lane.key.class_index];
  *answer = {quota_class.Gate(now.steady), quota_class.OpensAt(now.steady), -1};
  if (answer->reason == PendingReason::kNone && quota_class.IsAtMaxShare(Capacity())) {
    *answer = {PendingReason::kConcurrencyLimit, absl::InfiniteDuration(), -1};
  }
  if (answer->reason == PendingReason::kNone) *answer = AskRoute(lane.key, now.steady, has_worker);
  return answer->reason;
}

Waiting Scheduler::Why(JobSlot slot, Instant now, absl::Time not_before,
                       absl::FunctionRef<bool(const Upstream&)> has_worker) {
  const Place& place = places_[slot];
  const Lane& lane = lanes_[place.lane];
  ClassState& quota_class = classes_[lane.key.class_index];
  const std::string& class_name = quota_class.quota().name;
  if (place.where == Where::kDelayed && not_before > now.wall) {
    return {place.backing_off ? PendingReason::kBackoff : PendingReason::kScheduled,
            absl::StrCat(place.backing_off ? "the next attempt is due at " : "scheduled for ",
                         AtTime(not_before)),
            not_before};
  }
  if (!place.urgent && IsHeld(lane, now.wall)) {
    const absl::Time opens = quota_class.hold_changes_at();
    return {PendingReason::kQuietHours,
            absl::StrCat("class \"", class_name, "\" is held until its window opens at ",
                         AtTime(opens)),
            opens};
  }
  Answer answer;
  Waiting waiting;
  waiting.reason = LaneReason(lane, now, has_worker, &answer);
  if (answer.opens < absl::InfiniteDuration()) {
    waiting.expected_start = now.wall + std::max(absl::ZeroDuration(), answer.opens - now.steady);
  }
  const std::string upstream =
      answer.upstream >= 0
          ? absl::StrCat("upstream \"", plan_->upstreams[answer.upstream].name, "\"")
          : absl::StrCat("class \"", class_name, "\"");
  const std::string opens_in = waiting.expected_start == absl::InfinitePast()
                                   ? ""
                                   : absl::StrCat(", room in ", Seconds(answer.opens - now.steady));
  switch (waiting.reason) {
    case PendingReason::kNone:
      waiting.reason = PendingReason::kPriority;
      waiting.detail =
          absl::StrCat("others go first in class \"", class_name,
                       "\": ", lane.ready.size() + lane.urgent.size(), " jobs wait in its lane");
      waiting.expected_start = absl::InfinitePast();
      break;
    case PendingReason::kConcurrencyLimit:
      waiting.detail = absl::StrCat(upstream, " has as many calls running as its limit allows");
      break;
    case PendingReason::kRateLimit:
      waiting.detail = absl::StrCat(upstream, " has used up its requests", opens_in);
      break;
    case PendingReason::kUpstreamBusy:
      waiting.detail = absl::StrCat(upstream, " takes no more calls now", opens_in);
      break;
    case PendingReason::kUpstreamDown:
      waiting.detail = absl::StrCat(upstream, " is down and will be tried again", opens_in);
      break;
    case PendingReason::kNoUpstream:
      waiting.detail =
          answer.upstream >= 0
              ? absl::StrCat(upstream, " refuses our credential, balance or model", opens_in)
              : absl::StrCat("no upstream of route group \"",
                             plan_->route_groups[lane.key.route].name, "\" carries the tags ",
                             absl::StrJoin(lane.key.required_tags, ", "));
      break;
    case PendingReason::kNoWorker:
      waiting.detail =
          absl::StrCat("no worker is connected that holds credential \"",
                       answer.upstream >= 0 ? plan_->upstreams[answer.upstream].credential : "",
                       "\" for ", upstream);
      break;
    case PendingReason::kClassPaused:
      waiting.detail = absl::StrCat("class \"", class_name, "\" was paused by an operator");
      break;
    default:
      break;
  }
  return waiting;
}

void Scheduler::CountReasons(Instant now, absl::FunctionRef<bool(const Upstream&)> has_worker,
                             absl::FunctionRef<void(int, PendingReason, int64_t)> add) {
  ReleaseDue(now.wall);
  for (size_t i = 0; i < classes_.size(); ++i) {
    const Delayed& delayed = delayed_counts_[i];
    if (delayed.scheduled > 0)
      add(static_cast<int>(i), PendingReason::kScheduled, delayed.scheduled);
    if (delayed.backing_off > 0)
      add(static_cast<int>(i), PendingReason::kBackoff, delayed.backing_off);
    for (LaneIndex index : classes_[i].lanes) {
      const Lane& lane = lanes_[index];
      Answer answer;
      PendingReason reason = LaneReason(lane, now, has_worker, &answer);
      if (reason == PendingReason::kNone) reason = PendingReason::kPriority;
      const bool held = IsHeld(lane, now.wall);
      if (!lane.ready.empty()) {
        add(static_cast<int>(i), held ? PendingReason::kQuietHours : reason,
            static_cast<int64_t>(lane.ready.size()));
      }
      if (!lane.urgent.empty()) {
        add(static_cast<int>(i), reason, static_cast<int64_t>(lane.urgent.size()));
      }
    }
  }
}

}  // namespace lull
