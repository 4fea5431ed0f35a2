// Decides which waiting job goes next, to which upstream, when. Pure policy: time is passed in,
// nothing is read or written outside, the same calls give the same answers. Owned and called by the
// engine, on its thread.
//
// A waiting job stands in exactly one of three places: the delayed heap (its time has not come),
// its lane's ready heap, or its lane's urgent heap (its deadline is near). All gates are checked
// before a grant, none after: schedule and backoff -> quiet hours -> the class's limits -> an
// upstream of the route group that is up, has headroom, carries the required tags, and whose
// account has room -> a worker that holds its credential.
#ifndef LULL_SERVER_SCHEDULER_SCHEDULER_H_
#define LULL_SERVER_SCHEDULER_SCHEDULER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/scheduler/call_end.h"
#include "server/scheduler/class_state.h"
#include "server/scheduler/lane.h"
#include "server/scheduler/pending_reason.h"
#include "server/scheduler/plan.h"
#include "server/scheduler/upstream_state.h"

namespace lull {

// What a worker offers to take.
struct WorkerOffer {
  std::vector<std::string> credentials;  // sorted
  std::vector<std::string> tags;         // sorted; empty: any job
  int64_t max_bytes = 0;
};

struct Grant {
  JobSlot slot = 0;
  int class_index = 0;
  int route = 0;
  int member = 0;  // of the route group
  OutsideWindow outside_window = OutsideWindow::kNo;
  RunningCall call;
};

class Scheduler {
 public:
  explicit Scheduler(std::shared_ptr<const Plan> plan);

  // ---- waiting jobs

  struct WaitingJob {
    JobSlot slot = 0;
    int32_t priority = 0;
    absl::Time ready_since;
    absl::Time not_before;     // InfinitePast: now
    bool backing_off = false;  // not_before is a backoff, not a schedule
    absl::Time deadline;
    bool urgent = false;  // its latest start has come
  };
  void Wait(const WaitingJob& job, const LaneKey& key, absl::Time wall_now);
  // The job stops waiting: it ended or is being changed.
  void Withdraw(JobSlot slot);
  // Its latest start has come: it leaves the hold and goes first.
  void MakeUrgent(JobSlot slot, absl::Time deadline);
  // When a job of this class must start at the latest to be done by then.
  absl::Time LatestStart(int class_index, absl::Time deadline) const;

  // ---- grants

  // The next grant for this offer; what it takes is taken. nullopt: nothing that this offer can
  // take may start now.
  std::optional<Grant> Next(const WorkerOffer& offer, Instant now,
                            absl::FunctionRef<int64_t(JobSlot)> request_bytes);
  // False: no lane has a job whose time has come, so Next would give nothing to anybody.
  bool HasReady(absl::Time wall_now);
  // When something may change by itself at the earliest; InfiniteDuration if only an event changes
  // anything.
  absl::Duration NextChange(Instant now);

  // ---- calls

  void End(const RunningCall& call, const CallEnd& end, absl::Duration steady_now);
  // Of a successful call: for LatestStart.
  void NoteDuration(int class_index, absl::Duration duration);
  // A call that was running before a restart.
  void Resume(const RunningCall& call);
  // Which members of the group could take a job with these tags now, but for headroom; bit i is
  // member i.
  uint32_t UsableMembers(int route, const std::vector<std::string>& tags,
                         absl::Duration steady_now) const;

  // ---- operators

  // A paused class starts nothing; what runs goes on. Not durable here: the engine keeps it.
  void PauseClass(int class_index, bool paused) { classes_[class_index].SetPaused(paused); }

  // Starts nothing at all until it is called with kNone; `why` is for people. Not an operator's:
  // the server's.
  void HoldAll(PendingReason reason, std::string why) {
    hold_all_ = reason;
    why_all_held_ = std::move(why);
  }

  // ---- questions

  // `has_worker`: whether a worker is connected that could call this upstream.
  Waiting Why(JobSlot slot, Instant now, absl::Time not_before,
              absl::FunctionRef<bool(const Upstream&)> has_worker);
  // The lane-wide reason, for statistics; Why's first gate without the job's own time.
  void CountReasons(Instant now, absl::FunctionRef<bool(const Upstream&)> has_worker,
                    absl::FunctionRef<void(int class_index, PendingReason, int64_t)> add);
  const UpstreamState& upstream(int index) const { return upstreams_[index]; }
  // What a call to this upstream would be told now; kNone: it may start. Its account counts too.
  PendingReason UpstreamGate(int index, absl::Duration steady_now) {
    return AskUpstream(index, steady_now).reason;
  }
  struct ClassUse {
    std::optional<int64_t> requests;  // in its window; nullopt: it has no such limit
    bool held = false;                // its quiet hours are shut
    absl::Time hold_changes = absl::InfiniteFuture();  // when that changes; never
  };
  ClassUse UseOf(int class_index, Instant now);

  int64_t lane_count() const { return static_cast<int64_t>(lane_of_key_.size()); }
  struct LaneView {
    LaneKey key;
    int64_t jobs = 0;
    std::optional<JobSlot> first;  // the one that goes first; nullopt: nobody's time has come
    Waiting waiting;               // kNone: nothing holds it
  };
  // The longest lanes, longest first.
  std::vector<LaneView> LongestLanes(size_t max, Instant now,
                                     absl::FunctionRef<bool(const Upstream&)> has_worker);

  // ---- durable state

  // Gives each small state that changed notably since it was last asked.
  void TakeChanged(
      Instant now,
      absl::FunctionRef<void(absl::string_view kind, absl::string_view key, std::string value)>
          put);
  // Unknown kinds and names (a changed config) are ignored. INVALID_ARGUMENT: not what TakeChanged
  // gave.
  absl::Status Restore(absl::string_view kind, absl::string_view key, absl::string_view value,
                       Instant now);

  const Plan& plan() const { return *plan_; }

 private:
  enum class Where : uint8_t { kNone, kDelayed, kReady, kUrgent };
  struct Place {
    LaneIndex lane : 28 = 0;
    Where where : 2 = Where::kNone;
    bool urgent : 1 = false;       // while delayed: goes to urgent
    bool backing_off : 1 = false;  // while delayed: for statistics
  };
  static_assert(sizeof(Place) == 4);
  struct Delayed {  // jobs of a class in the delayed heap
    int64_t scheduled = 0;
    int64_t backing_off = 0;
  };
  struct AccountState {
    int64_t running = 0;
    std::optional<SlidingWindow> window;
    bool window_changed = false;
  };
  struct Held {  // what a delayed job needs when its time comes
    int64_t rank;
    int64_t deadline;
  };
  // A gate's answer: the reason, and when it may open by itself.
  struct Answer {
    PendingReason reason = PendingReason::kNone;
    absl::Duration opens = absl::InfiniteDuration();
    int upstream = -1;
  };

  LaneIndex LaneFor(const LaneKey& key);
  void LeaveLane(LaneIndex lane);
  void CountDelayed(JobSlot slot, int sign);
  void Enter(JobSlot slot, bool urgent, int64_t rank, int64_t deadline);
  void ReleaseDue(absl::Time wall_now);
  bool IsHeld(const Lane& lane, absl::Time wall_now);
  OutsideWindow OutsideWindowOf(const Lane& lane, absl::Time wall_now);
  // The item the lane would give, if the hold lets it.
  const IndexedHeap::Item* Head(const Lane& lane, absl::Time wall_now, bool* urgent);
  // Calls at a time that all upstreams take together, as far as it is known.
  int64_t Capacity() const;
  void SettleShares(int granted_class);
  std::optional<Grant> GrantFromClass(ClassState& quota_class, const WorkerOffer& offer,
                                      Instant now,
                                      absl::FunctionRef<int64_t(JobSlot)> request_bytes);
  std::optional<Grant> GrantFrom(Lane& lane, const WorkerOffer& offer, Instant now,
                                 absl::FunctionRef<int64_t(JobSlot)> request_bytes);
  int ChooseMember(const Lane& lane, const WorkerOffer& offer, absl::Duration steady_now);
  Answer AskUpstream(int upstream, absl::Duration steady_now);
  Answer AskRoute(const LaneKey& key, absl::Duration steady_now,
                  absl::FunctionRef<bool(const Upstream&)> has_worker);
  // Why a job of the lane waits whose time has come; kNone: no gate is shut.
  Waiting Explain(const Lane& lane, bool urgent, Instant now,
                  absl::FunctionRef<bool(const Upstream&)> has_worker);
  std::string Detail(const Lane& lane, const Answer& answer, absl::Duration steady_now) const;
  PendingReason LaneReason(const Lane& lane, Instant now,
                           absl::FunctionRef<bool(const Upstream&)> has_worker, Answer* answer);

  std::shared_ptr<const Plan> plan_;
  std::vector<ClassState> classes_;
  std::vector<int> class_order_;  // by priority, larger first
  std::vector<AccountState> accounts_;
  std::vector<UpstreamState> upstreams_;
  std::vector<std::vector<int64_t>>
      wheel_;  // per route group and member: smooth weighted round robin
  std::vector<Lane> lanes_;
  std::vector<LaneIndex> free_lanes_;
  absl::flat_hash_map<LaneKey, LaneIndex>
      lane_of_key_;            // never iterated: order must not depend on it
  LaneIndex latest_lane_ = 0;  // that was asked for; may be recycled
  std::vector<Place> places_;  // by slot
  HeapPlaces heap_places_;
  IndexedHeap delayed_;                              // by not_before, microseconds
  absl::flat_hash_map<JobSlot, Held> delayed_jobs_;  // never iterated
  std::vector<Delayed> delayed_counts_;              // by class
  int64_t ready_jobs_ = 0;                           // in lanes
  PendingReason hold_all_ = PendingReason::kNone;    // kNone: calls are started
  std::string why_all_held_;
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_SCHEDULER_H_
