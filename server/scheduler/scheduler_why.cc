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
  if (hold_all_ != PendingReason::kNone) {
    *answer = {hold_all_, absl::InfiniteDuration(), -1};
    return answer->reason;
  }
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
  if (place.where == Where::kDelayed && not_before > now.wall) {
    return {place.backing_off ? PendingReason::kBackoff : PendingReason::kScheduled,
            absl::StrCat(place.backing_off ? "the next attempt is due at " : "scheduled for ",
                         AtTime(not_before)),
            not_before};
  }
  Waiting waiting = Explain(lane, place.urgent, now, has_worker);
  if (waiting.reason == PendingReason::kNone) {
    waiting.reason = PendingReason::kPriority;
    waiting.detail =
        absl::StrCat("others go first in class \"", classes_[lane.key.class_index].quota().name,
                     "\": ", lane.ready.size() + lane.urgent.size(), " jobs wait in its lane");
    waiting.expected_start = absl::InfinitePast();
  }
  return waiting;
}

Waiting Scheduler::Explain(const Lane& lane, bool urgent, Instant now,
                           absl::FunctionRef<bool(const Upstream&)> has_worker) {
  if (!urgent && IsHeld(lane, now.wall)) {
    const ClassState& quota_class = classes_[lane.key.class_index];
    const absl::Time opens = quota_class.hold_changes_at();
    return {PendingReason::kQuietHours,
            absl::StrCat("class \"", quota_class.quota().name,
                         "\" is held until its window opens at ", AtTime(opens)),
            opens};
  }
  Answer answer;
  Waiting waiting;
  waiting.reason = LaneReason(lane, now, has_worker, &answer);
  if (answer.opens < absl::InfiniteDuration()) {
    waiting.expected_start = now.wall + std::max(absl::ZeroDuration(), answer.opens - now.steady);
  }
  waiting.detail = Detail(lane, answer, now.steady);
  return waiting;
}

std::string Scheduler::Detail(const Lane& lane, const Answer& answer,
                              absl::Duration steady_now) const {
  const std::string& class_name = classes_[lane.key.class_index].quota().name;
  const std::string who =
      answer.upstream >= 0
          ? absl::StrCat("upstream \"", plan_->upstreams[answer.upstream].name, "\"")
          : absl::StrCat("class \"", class_name, "\"");
  const std::string opens_in = answer.opens < absl::InfiniteDuration()
                                   ? absl::StrCat(", room in ", Seconds(answer.opens - steady_now))
                                   : "";
  switch (answer.reason) {
    case PendingReason::kConcurrencyLimit:
      return absl::StrCat(who, " has as many calls running as its limit allows");
    case PendingReason::kRateLimit:
      return absl::StrCat(who, " has used up its requests", opens_in);
    case PendingReason::kUpstreamBusy:
      return absl::StrCat(who, " takes no more calls now", opens_in);
    case PendingReason::kUpstreamDown:
      return absl::StrCat(who, " is down and will be tried again", opens_in);
    case PendingReason::kNoUpstream:
      if (answer.upstream >= 0) {
        return absl::StrCat(who, " refuses our credential, balance or model", opens_in);
      }
      return absl::StrCat("no upstream of route group \"", plan_->route_groups[lane.key.route].name,
                          "\" carries the tags ", absl::StrJoin(lane.key.required_tags, ", "));
    case PendingReason::kNoWorker:
      return absl::StrCat("no worker is connected that holds credential \"",
                          answer.upstream >= 0 ? plan_->upstreams[answer.upstream].credential : "",
                          "\" for ", who);
    case PendingReason::kClassPaused:
      return absl::StrCat("class \"", class_name, "\" was paused by an operator");
    case PendingReason::kDiskLow:
    case PendingReason::kStoreUnavailable:
      return why_all_held_;
    default:
      return "";
  }
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

Scheduler::ClassUse Scheduler::UseOf(int class_index, Instant now) {
  ClassState& quota_class = classes_[class_index];
  ClassUse use;
  if (quota_class.window() != nullptr) use.requests = quota_class.window()->used(now.steady);
  if (!quota_class.quota().quiet_hours) return use;
  use.held = quota_class.IsHeld(now.wall);
  use.hold_changes = quota_class.hold_changes_at();
  return use;
}

std::vector<Scheduler::LaneView> Scheduler::LongestLanes(
    size_t max, Instant now, absl::FunctionRef<bool(const Upstream&)> has_worker) {
  ReleaseDue(now.wall);
  std::vector<LaneIndex> longest;
  for (LaneIndex i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].jobs > 0) longest.push_back(i);
  }
  const size_t count = std::min(max, longest.size());
  std::partial_sort(longest.begin(), longest.begin() + static_cast<int64_t>(count), longest.end(),
                    [this](LaneIndex a, LaneIndex b) {
                      return lanes_[a].jobs != lanes_[b].jobs ? lanes_[a].jobs > lanes_[b].jobs
                                                              : a < b;
                    });
  std::vector<LaneView> views;
  for (size_t i = 0; i < count; ++i) {
    const Lane& lane = lanes_[longest[i]];
    LaneView& view = views.emplace_back(LaneView{lane.key, lane.jobs, std::nullopt, Waiting()});
    if (!lane.listed) {
      const bool failed = lane.backing_off > 0;
      view.waiting.reason = failed ? PendingReason::kBackoff : PendingReason::kScheduled;
      view.waiting.detail = failed ? absl::StrCat(lane.backing_off, " wait after a failed attempt")
                                   : "the time of none of them has come";
      continue;
    }
    view.first = lane.urgent.empty() ? lane.ready.top().slot : lane.urgent.top().slot;
    view.waiting = Explain(lane, /*urgent=*/!lane.urgent.empty(), now, has_worker);
  }
  return views;
}

}  // namespace lull
