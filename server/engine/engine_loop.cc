#include "server/engine/engine_loop.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "server/engine/disk_watch.h"
#include "server/engine/engine.h"
#include "server/engine/engine_status.h"
#include "server/engine/inbox.h"
#include "server/engine/load_engine.h"
#include "server/engine/long_polls.h"
#include "server/engine/outage.h"
#include "server/engine/pending_answers.h"
#include "server/engine/upkeep.h"
#include "server/scheduler/pending_reason.h"

namespace lull {
namespace {

using SubmitCall = Call<SubmitRequest, SubmitReply>;
using StatsCall = Call<StatsRequest, StatsReply>;

// The wall clock may be set at any time; nothing tells us, so look at least this often.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);
constexpr absl::Duration kFirstRecoveryDelay = absl::Milliseconds(100);
constexpr absl::Duration kLastRecoveryDelay = absl::Seconds(5);

absl::Status Draining() {
  return WithReason(absl::UnavailableError("the server is shutting down; try again in a moment"),
                    "DRAINING");
}

// Not a refusal for good, not even for want of room: whether a job that is submitted again is
// there already is not known before the store is.
absl::Status Recovering(bool disk_has_room = true) {
  return WithRetryAfter(WithReason(absl::UnavailableError(absl::StrCat(
                                       "the server cannot write to its store at the moment",
                                       disk_has_room ? "" : ", because its disk is full,",
                                       " and is recovering; nothing was done, try again")),
                                   "RECOVERING"),
                        absl::Seconds(1));
}

absl::Status CommitUnknown(const absl::Status& cause) {
  return WithReason(absl::UnavailableError(absl::StrCat(
                        "writing to the store failed, so it is not known whether this took effect; "
                        "it is safe to repeat with the same request_id (",
                        cause.message(), ")")),
                    "COMMIT_UNKNOWN");
}

}  // namespace

class EngineLoop::State {
 public:
  State(Options options, JobStore* store, const Clock* clock, EngineObserver* observer)
      : options_(std::move(options)),
        store_(store),
        clock_(clock),
        observer_(observer),
        inbox_({options_.max_inbox_calls, options_.max_inbox_bytes, options_.reserved_calls,
                options_.reserved_bytes},
               clock),
        polls_(options_.max_parked),
        upkeep_(options_.retention, store, clock, observer) {}

  absl::Status Start() {
    absl::Status status = Recover();
    if (!status.ok()) return status;
    thread_ = std::thread([this] { Run(); });
    return status;
  }

  absl::Status Post(Command command) {
    const bool submits = std::holds_alternative<SubmitCall>(command);
    absl::Status posted = TryPost(std::move(command), submits);
    if (submits && !posted.ok()) observer_->OnSubmitRefused(ReasonOf(posted));
    return posted;
  }

  void Drain() {
    draining_ = true;
    inbox_.Wake();
  }

  void Stop() {
    draining_ = true;
    stopped_ = true;
    inbox_.Wake();
    if (thread_.joinable()) thread_.join();
  }

  bool healthy() const { return healthy_; }

 private:
  absl::Status TryPost(Command command, bool submits) {
    const bool takes_work = submits || std::holds_alternative<LeaseCall>(command);
    if (stopped_ || (draining_ && takes_work)) return Draining();
    if (!healthy_ && !Outage::Takes(command)) return Recovering(disk_.takes_jobs());
    return inbox_.Push(std::move(command));
  }

  // ---- the thread

  void Run() {
    while (Serve()) {
    }
    upkeep_.AbandonBackup(Draining());
    if (engine_ != nullptr) Round({});  // what is parked is answered now that we are draining
    AnswerEverybody();
  }

  // False: it is to stop.
  bool Serve() {
    const bool last = stopped_;
    std::vector<Command> commands = inbox_.Take(last ? -absl::InfiniteDuration() : SleepUntil(),
                                                options_.max_group_calls, options_.max_group_bytes);
    if (last && commands.empty()) return false;
    const bool idle = commands.empty();
    Round(std::move(commands));
    if (engine_ == nullptr) return false;
    const absl::Status kept = upkeep_.Work(idle, engine_->live_bytes());
    if (!kept.ok()) RecoverFrom(kept, CommitUnknown(kept));
    return engine_ != nullptr;
  }

  absl::Duration SleepUntil() {
    const Instant now = clock_->Now();
    return std::min(
        {engine_->NextWake(now), polls_.NextDue(), upkeep_.NextWork(), now.steady + kLongestSleep});
  }

  void Round(std::vector<Command> commands) {
    now_ = clock_->Now();
    LookAtDisk();
    for (Command& command : commands) {
      std::visit([this](auto& call) { Do(call); }, command);
    }
    engine_->Advance(now_);
    polls_.Serve(PollRound());
    Commit();
  }

  template <typename Request, typename Reply>
  void Do(Call<Request, Reply>& call) {
    answers_.Add(std::move(call.done), engine_->Execute(call.request, now_));
  }
  void Do(SubmitCall& call) {
    SubmitReply reply = engine_->Execute(call.request, now_);
    for (const Submitted& job : reply.jobs) {
      if (absl::IsResourceExhausted(job.status)) observer_->OnSubmitRefused(ReasonOf(job.status));
    }
    answers_.Add(std::move(call.done), std::move(reply));
  }
  void Do(StatsCall& call) {
    StatsReply stats = engine_->Execute(call.request, now_);
    stats.refusing_submits = std::string(disk_.Admission().message());
    stats.disk_reserve_bytes = disk_.reserve_bytes();
    stats.backing_up = upkeep_.is_backing_up();
    answers_.Add(std::move(call.done), std::move(stats));
  }
  void Do(BackupCall& call) {
    upkeep_.StartBackup(std::move(call),
                        store_->GetStats().disk_free_bytes - disk_.reserve_bytes());
  }
  void Do(LeaseCall& call) { polls_.Take(call, PollRound()); }
  void Do(AwaitCall& call) { polls_.Take(call, PollRound()); }

  LongPolls::Round PollRound() { return {*engine_, answers_, now_, draining_}; }

  void LookAtDisk() {
    disk_.Look(store_->GetStats().disk_free_bytes, engine_->running_calls());
    engine_->SetAdmission(disk_.Admission());
    engine_->HoldCalls(disk_.starts_calls() ? PendingReason::kNone : PendingReason::kDiskLow,
                       disk_.WhyCallsAreHeld());
    if (!disk_.takes_jobs()) {
      upkeep_.AbandonBackup(WithReason(
          absl::ResourceExhaustedError("the disk became too full for the backup"), "DISK_LOW"));
    }
  }

  // ---- commit

  void Commit() {
    const Group group = engine_->TakeGroup(now_);
    if (const absl::Status& broken = engine_->broken(); !broken.ok()) {
      return RecoverFrom(broken, broken);
    }
    if (!group.records.empty() || !group.events.empty()) {
      const absl::Duration before = clock_->Now().steady;
      const absl::Status status = store_->ApplyGroup(group);
      if (!status.ok()) return RecoverFrom(status, CommitUnknown(status));
      recovery_delay_ = absl::ZeroDuration();
      observer_->OnCommitted(group, clock_->Now().steady - before);
      upkeep_.NoteCommit();
    }
    answers_.Release(absl::OkStatus());
    polls_.AnswerEnded(engine_->TakeEnded());
    for (const Engine::EndedAttempt& ended : engine_->TakeEndedAttempts()) {
      observer_->OnAttemptEnded(ended.class_name, ended.route_group, ended.attempt);
    }
    for (int64_t n = engine_->TakeStaleReports(); n > 0; --n) observer_->OnStaleReport();
    for (int64_t n = engine_->TakeExpiredLeases(); n > 0; --n) observer_->OnLeaseExpired();
  }

  // The engine's state is not what is on disk: it is thrown away, and whoever waited for the group
  // gets `answer`. Tries until it has another, at growing intervals as long as nothing can be
  // committed. Without an engine afterwards it has been stopped.
  void RecoverFrom(const absl::Status& status, const absl::Status& answer) {
    healthy_ = false;
    LogError("engine", "what was done is not on disk, recovering", {{"status", status}});
    observer_->OnCommitFailed(status);
    answers_.Release(answer);
    upkeep_.AbandonBackup(Recovering());
    engine_.reset();
    Outage outage(options_.plan, options_.seed, store_, clock_, &disk_, &polls_);
    while (!stopped_) {
      if (recovery_delay_ > absl::ZeroDuration()) SitOut(outage);
      recovery_delay_ = std::clamp(recovery_delay_ * 2, kFirstRecoveryDelay, kLastRecoveryDelay);
      if (stopped_) break;
      const absl::Status recovered = Recover();
      if (recovered.ok()) {
        now_ = clock_->Now();
        polls_.AskAgain(PollRound());
        return answers_.Release(absl::OkStatus());
      }
      LogError("engine", "recovery failed", {{"status", recovered}, {"retry_in", recovery_delay_}});
    }
    outage.Answer({}, /*closing=*/true, Draining());
  }

  void SitOut(Outage& outage) {
    disk_.Look(store_->GetStats().disk_free_bytes, outage.running_calls());
    outage.Look();
    const absl::Duration until = clock_->Now().steady + recovery_delay_;
    while (!stopped_ && clock_->Now().steady < until) {
      std::vector<Command> commands = inbox_.Take(
          std::min(until, polls_.NextDue()), options_.max_group_calls, options_.max_group_bytes);
      outage.Answer(std::move(commands), draining_, Recovering(disk_.takes_jobs()));
    }
  }

  absl::Status Recover() {
    LULL_ASSIGN_OR_RETURN(LoadedEngine loaded,
                          LoadEngine(options_.plan, options_.seed, *store_, *clock_));
    engine_ = std::move(loaded.engine);
    healthy_ = true;
    observer_->OnRecovered(loaded.epoch, engine_->live_jobs(), loaded.took);
    return absl::OkStatus();
  }

  void AnswerEverybody() {
    for (Command& command : inbox_.Take(-absl::InfiniteDuration(), INT64_MAX, INT64_MAX)) {
      std::visit([](auto& call) { call.done(Draining()); }, command);
    }
  }

  const Options options_;
  JobStore* const store_;
  const Clock* const clock_;
  EngineObserver* const observer_;
  Inbox inbox_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> stopped_{false};
  std::atomic<bool> healthy_{false};
  std::thread thread_;

  // Below: the thread's own.
  std::unique_ptr<Engine> engine_;
  Instant now_;
  LongPolls polls_;
  PendingAnswers answers_;
  Upkeep upkeep_;
  DiskWatch disk_;
  absl::Duration recovery_delay_ = absl::ZeroDuration();  // before the next try; zero: at once
};

EngineLoop::EngineLoop(Options options, JobStore* store, const Clock* clock,
                       EngineObserver* observer)
    : state_(std::make_unique<State>(std::move(options), store, clock, observer)) {}

EngineLoop::~EngineLoop() { Stop(); }
absl::Status EngineLoop::Start() { return state_->Start(); }
absl::Status EngineLoop::Post(Command command) { return state_->Post(std::move(command)); }
void EngineLoop::Drain() { state_->Drain(); }
void EngineLoop::Stop() { state_->Stop(); }
bool EngineLoop::healthy() const { return state_->healthy(); }

}  // namespace lull
