// The state machine over all jobs that have not ended. Deterministic: the same calls with the same
// times give the same answers and records. It does no I/O, holds no lock and owns no clock; ids and
// jitter come from the injected seed.
//
// Owned by EngineLoop, which calls it on one thread: commands, then Advance, then Offer for the
// waiting polls, then TakeGroup. Answers must not leave the process before that group is on disk.
//
// The legal transitions of a job are in transition.h.
#ifndef LULL_SERVER_ENGINE_ENGINE_H_
#define LULL_SERVER_ENGINE_ENGINE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/engine/command.h"
#include "server/engine/job_kind.h"
#include "server/engine/job_table.h"
#include "server/engine/live_job.h"
#include "server/engine/lost_calls.h"
#include "server/engine/random_stream.h"
#include "server/engine/request_keys.h"
#include "server/engine/usage_tally.h"
#include "server/engine/worker_table.h"
#include "server/scheduler/retry_policy.h"
#include "server/scheduler/scheduler.h"
#include "storage/job_store.h"
#include "storage/record.h"

namespace lull {

class Engine {
 public:
  Engine(std::shared_ptr<const Plan> plan, absl::string_view seed,
         const JobStore::Recovered& recovered);

  // ---- loading (engine_load.cc), before anything else; in the order of job numbers
  void StartLoad();
  void LoadLive(LiveState live, Instant now);
  void LoadKey(const KeyAdded& key);
  // INVALID_ARGUMENT: not what this engine stored.
  absl::Status LoadSmallState(const SmallState& state, Instant now);
  void FinishLoad();

  // ---- commands
  SubmitReply Execute(const SubmitRequest& request, Instant now);
  ReadReply Execute(const ReadRequest& request, Instant now);
  CancelReply Execute(const CancelRequest& request, Instant now);
  CancelJobsReply Execute(const CancelJobsRequest& request, Instant now);
  UpdateReply Execute(const UpdateRequest& request, Instant now);
  DeleteReply Execute(const DeleteRequest& request, Instant now);
  RenewReply Execute(const RenewRequest& request, Instant now);
  FinishReply Execute(const FinishRequest& request, Instant now);
  ReleaseReply Execute(const ReleaseRequest& request, Instant now);
  ProgressReply Execute(const ProgressRequest& request, Instant now);
  PauseClassReply Execute(const PauseClassRequest& request, Instant now);
  DrainWorkerReply Execute(const DrainWorkerRequest& request, Instant now);
  StatsReply Execute(const StatsRequest& request, Instant now);

  // Notes that the worker is there, before its poll waits.
  void Greet(const LeaseRequest& request, Instant now);
  // Whether the worker was told to take no more jobs.
  bool IsDraining(absl::string_view worker) const;
  // Grants for one poll; none if there is nothing it may take now.
  LeaseReply Offer(const LeaseRequest& request, Instant now);
  // False: Offer would give nothing to anybody.
  bool HasReady(Instant now) { return scheduler_.HasReady(now.wall); }

  bool IsLive(JobNumber job) const { return jobs_.Find(job).has_value(); }
  std::optional<LiveView> View(const Caller& caller, JobNumber job, Instant now);

  // Lets time pass: latest starts, deadlines, leases that run out, calls that must be over.
  void Advance(Instant now);
  // The steady time at which Advance or Offer may have something to do; InfiniteDuration if never.
  absl::Duration NextWake(Instant now);

  // ---- what came of it
  // Not OK, INTERNAL: a job was to change its state in a way that transition.h does not allow.
  // Nothing of this engine may be committed any more, nor answered.
  const absl::Status& broken() const { return broken_; }
  // Everything since the last time. Empty (no records, no events): nothing to commit.
  Group TakeGroup(Instant now);
  std::vector<JobNumber> TakeEnded() { return std::exchange(ended_, {}); }
  struct EndedAttempt {
    std::string class_name;
    std::string route_group;
    Attempt attempt;
  };
  std::vector<EndedAttempt> TakeEndedAttempts() { return std::exchange(ended_attempts_, {}); }
  int64_t TakeStaleReports() { return std::exchange(stale_reports_, 0); }
  int64_t TakeExpiredLeases() { return std::exchange(expired_leases_, 0); }

  // OK: jobs are taken as far as the limits allow. Otherwise every new one is refused with this.
  void SetAdmission(absl::Status admission) { admission_ = std::move(admission); }
  // No call is started until it is called with kNone; `why` is for people.
  void HoldCalls(PendingReason reason, std::string why) {
    scheduler_.HoldAll(reason, std::move(why));
  }

  int64_t live_bytes() const { return live_bytes_; }  // of requests
  int64_t live_jobs() const { return static_cast<int64_t>(jobs_.size()); }
  int64_t running_calls() const { return static_cast<int64_t>(lease_timers_.size()); }

 private:
  struct Touched {  // a job changed since the last group
    JobSlot slot;
    JobNumber number;
    int created;  // index of its JobCreated in the group; -1: it is older
  };
  // Small states of the engine's own.
  static constexpr absl::string_view kPausedClass = "paused_class";
  static constexpr absl::string_view kDrainingWorker = "draining_worker";

  struct TenantUse {
    int64_t jobs = 0;
    int64_t bytes = 0;
  };

  // submit (engine_submit.cc)
  absl::Status Check(const NewJob& job, Instant now) const;
  // What new jobs take of the limits.
  struct Wanted {
    int64_t jobs = 0;
    int64_t bytes = 0;  // of requests
    int64_t keys = 0;
  };
  absl::Status Admit(absl::string_view tenant, const Wanted& wanted, Instant now) const;
  Submitted SubmitOne(const NewJob& job, Instant now);
  std::optional<Submitted> FindRepeated(const NewJob& job) const;
  absl::Status CheckAll(const SubmitRequest& request, Instant now, size_t* culprit) const;
  std::vector<SubmitReply::Repeated> RepeatedNotFound(const SubmitRequest& request) const;

  // the table (engine.cc)
  LiveJob& At(JobSlot slot) { return jobs_[slot]; }
  const LiveJob& At(JobSlot slot) const { return jobs_[slot]; }
  // nullptr where the token is not of this store or its job is not live.
  LiveJob* Find(const LeaseToken& token, JobSlot* slot);
  // nullopt where the job is not live or is another tenant's.
  std::optional<JobSlot> FindOf(const Caller& caller, JobNumber job) const;
  LiveState ToLiveState(const LiveJob& job) const;
  void Touch(JobSlot slot, int created = -1);
  // Records a step of the job as it is now. What only some steps have is for the caller to add,
  // before the next step is noted.
  Event& Note(LiveJob& job, EventKind kind, Instant now);
  void SetState(LiveJob& job, JobState state);
  void Count(const LiveJob& job, int sign);
  void SetTimer(JobSlot slot, Instant now);
  void StopTimer(JobSlot slot);
  void SetLease(JobSlot slot, Instant now);
  void EnterQueue(JobSlot slot, Instant now);
  void LeaveQueue(JobSlot slot);
  const QuotaClass* ClassOf(const LiveJob& job) const;

  // leases (engine_leases.cc)
  LeaseGrant StartAttempt(const Grant& grant, const LeaseRequest& request, Instant now);
  void TakeBackUnmentioned(absl::string_view worker, Instant now);

  // attempts (engine_attempts.cc)
  ReportStanding FinishOne(const AttemptReport& report, Instant now);
  ReportStanding FinishLate(JobSlot slot, const AttemptReport& report, Instant now);
  void CloseAttempt(JobSlot slot, const AttemptReport& report, Instant now);
  void FollowUpOn(JobSlot slot, const AttemptReport& report, int upstream, Instant now);
  absl::Duration PlanRetry(LiveJob& job, const AttemptReport& report, int upstream, Instant now);
  void BackToQueue(JobSlot slot, EventKind kind, Instant now);
  void ReleaseOne(JobSlot slot, Instant now);
  void LoseLease(JobSlot slot, Instant now);

  // ends (engine_ends.cc)
  JobEnded Ending(const LiveJob& job, JobState state, Instant now) const;
  void NoteEnd(LiveJob& job, const JobEnded& ended, Instant now);
  void End(JobSlot slot, JobEnded ended, Instant now);
  void Succeed(JobSlot slot, const AttemptReport& report, Instant now);
  void Fail(JobSlot slot, const AttemptReport& report, const char* reason, Instant now);
  void EndCancelled(JobSlot slot, Instant now);
  void RequestCancel(JobSlot slot, CancelCause cause, Instant now);

  // changes (engine_changes.cc)
  // False: it is being cancelled already.
  bool Cancel(JobSlot slot, Instant now);
  absl::Status CheckUpdate(const LiveJob& job, const UpdateRequest& request, Instant now) const;
  void Update(JobSlot slot, const UpdateRequest& request, Instant now);

  // the overview (engine_overview.cc)
  void CountPendingReasons(Instant now, absl::FunctionRef<bool(const Upstream&)> has_worker,
                           StatsReply* reply);
  UpstreamStats StatsOf(int upstream, Instant now);
  LaneStats StatsOf(const Scheduler::LaneView& lane) const;

  // operators (engine_operators.cc)
  void Pause(int class_index, std::string reason, absl::Time resume_time);
  void Resume(int class_index);
  void ResumeDueClasses(Instant now);
  absl::Time NextResume() const;  // InfiniteFuture: none
  absl::Status LoadPause(const SmallState& state);
  void LoadDrain(const SmallState& state, Instant now);
  void ForgetWorkers(Instant now);

  std::shared_ptr<const Plan> plan_;
  RandomStream random_;
  uint64_t instance_;
  int64_t epoch_;
  JobNumber next_job_;
  EventNumber next_event_;

  Scheduler scheduler_;
  JobKindTable kinds_;
  WorkerTable workers_;
  RequestKeys keys_;
  LostCalls lost_calls_;
  JobTable jobs_;
  absl::flat_hash_map<std::string, TenantUse> tenants_;  // never iterated
  int64_t live_bytes_ = 0;
  std::vector<ClassStats> class_counts_;  // by class: state counts and pauses, kept as they change

  HeapPlaces wall_places_;
  IndexedHeap wall_timers_;  // every live job: its latest start, then its deadline; microseconds
  HeapPlaces lease_places_;
  IndexedHeap lease_timers_;  // running jobs, by the end of their lease; steady microseconds

  Group group_;
  UsageTally usage_;  // of the group
  std::vector<Touched> touched_;
  std::vector<JobNumber> ended_;
  std::vector<EndedAttempt> ended_attempts_;
  absl::Duration forget_workers_at_ = absl::ZeroDuration();
  absl::Status admission_;
  absl::Status broken_;
  int64_t stale_reports_ = 0;
  int64_t expired_leases_ = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_ENGINE_ENGINE_H_
