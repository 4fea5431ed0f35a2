#include "server/engine/engine_loop.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "server/engine/engine.h"
#include "server/engine/engine_status.h"
#include "server/engine/inbox.h"
#include "server/engine/parked.h"

namespace lull {
namespace {

// The wall clock may be set at any time; nothing tells us, so look at least this often.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);
constexpr absl::Duration kIdleBeforeTidy = absl::Milliseconds(20);
constexpr absl::Duration kFirstRecoveryDelay = absl::Milliseconds(100);
constexpr absl::Duration kLastRecoveryDelay = absl::Seconds(5);

absl::Status Draining() {
  return WithReason(absl::UnavailableError("the server is shutting down; try again in a moment"),
                    "DRAINING");
}

absl::Status Recovering() {
  return WithRetryAfter(
      WithReason(absl::UnavailableError("the server cannot write to its store at the moment and is "
                                        "recovering; nothing was done, try again"),
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
               clock) {}

  absl::Status Start() {
    absl::Status status = Recover();
    if (!status.ok()) return status;
    thread_ = std::thread([this] { Run(); });
    return status;
  }

  absl::Status Post(Command command) {
    if (stopped_) return Draining();
    const bool reads_on = !std::holds_alternative<Call<SubmitRequest, SubmitReply>>(command) &&
                          !std::holds_alternative<LeaseCall>(command);
    if (draining_ && !reads_on) return Draining();
    if (!healthy_) return Recovering();
    return inbox_.Push(std::move(command));
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
  using Answer = absl::AnyInvocable<void(const absl::Status&)>;

  // ---- the thread

  void Run() {
    while (true) {
      const bool last = stopped_;
      std::vector<Command> commands =
          inbox_.Take(last ? -absl::InfiniteDuration() : SleepUntil(), options_.max_group_calls,
                      options_.max_group_bytes);
      if (last && commands.empty()) break;
      if (commands.empty()) Tidy();
      Round(std::move(commands));
    }
    Round({});  // what is parked is answered now that we are draining
    AnswerEverybody();
  }

  absl::Duration SleepUntil() {
    const Instant now = clock_->Now();
    absl::Duration until = std::min(engine_->NextWake(now), awaits_.NextDue());
    for (const ParkedLease& poll : polls_) until = std::min(until, poll.until);
    until = std::min(until, now.steady + kLongestSleep);
    return untidy_ ? std::min(until, now.steady + kIdleBeforeTidy) : until;
  }

  void Round(std::vector<Command> commands) {
    now_ = clock_->Now();
    for (Command& command : commands) {
      std::visit([this](auto& call) { Do(call); }, command);
    }
    engine_->Advance(now_);
    AnswerDueAwaits(draining_ ? absl::InfiniteDuration() : now_.steady);
    OfferToPolls();
    Commit();
  }

  template <typename Request, typename Reply>
  void Do(Call<Request, Reply>& call) {
    AnswerLater(std::move(call.done), engine_->Execute(call.request, now_));
  }

  void Do(LeaseCall& call) {
    engine_->Greet(call.request, now_);
    const bool drain = engine_->IsDraining(call.request.worker);
    if (drain || IsFull()) {
      return AnswerLater(std::move(call.done), LeaseReply{{}, drain});
    }
    const absl::Duration until = now_.steady + call.request.wait;
    polls_.push_back({std::move(call), until});
  }

  void Do(AwaitCall& call) {
    AwaitReply reply{engine_->View(call.request.caller, call.request.job, now_)};
    if (!reply.live || call.request.timeout <= absl::ZeroDuration() || IsFull()) {
      return AnswerLater(std::move(call.done), std::move(reply));
    }
    const absl::Duration until = now_.steady + call.request.timeout;
    awaits_.Park(std::move(call), until);
  }

  bool IsFull() const {
    return static_cast<int64_t>(polls_.size() + awaits_.size()) >= options_.max_parked;
  }

  void AnswerDueAwaits(absl::Duration steady_now) {
    for (AwaitCall& call : awaits_.TakeDue(steady_now)) {
      AwaitReply reply;
      if (!IsWithdrawn(call.request.withdrawn)) {
        reply.live = engine_->View(call.request.caller, call.request.job, now_);
      }
      AnswerLater(std::move(call.done), std::move(reply));
    }
  }

  void OfferToPolls() {
    // A poll like one that was given nothing in this round is given nothing either.
    std::vector<const LeaseRequest*> refused;
    for (auto poll = polls_.begin(); poll != polls_.end();) {
      const LeaseRequest& request = poll->call.request;
      const bool withdrawn = IsWithdrawn(request.withdrawn);
      const bool hopeless =
          withdrawn || draining_ || !engine_->HasReady(now_) ||
          std::any_of(refused.begin(), refused.end(), [&](const LeaseRequest* r) {
            return r->credentials == request.credentials && r->tags == request.tags;
          });
      LeaseReply reply;
      if (!hopeless) {
        reply = engine_->Offer(request, now_);
        if (reply.grants.empty()) refused.push_back(&request);
      }
      reply.drain = engine_->IsDraining(request.worker);
      if (reply.grants.empty() && !withdrawn && !draining_ && !reply.drain &&
          poll->until > now_.steady) {
        ++poll;
        continue;
      }
      std::erase(refused, &request);
      AnswerLater(std::move(poll->call.done), std::move(reply));
      poll = polls_.erase(poll);
    }
  }

  // ---- commit

  template <typename Done, typename Reply>
  void AnswerLater(Done done, Reply reply) {
    answers_.push_back(
        [done = std::move(done), reply = std::move(reply)](const absl::Status& status) mutable {
          if (status.ok()) {
            done(std::move(reply));
          } else {
            done(status);
          }
        });
  }

  void Commit() {
    const Group group = engine_->TakeGroup(now_);
    if (!group.records.empty() || !group.events.empty()) {
      const absl::Duration before = clock_->Now().steady;
      const absl::Status status = store_->ApplyGroup(group);
      if (!status.ok()) return FailCommit(status);
      observer_->OnCommitted(group, clock_->Now().steady - before);
      untidy_ = true;
    }
    Answers(absl::OkStatus());
    for (JobNumber job : engine_->TakeEnded()) {
      for (AwaitCall& call : awaits_.TakeJob(job)) call.done(AwaitReply());
    }
    for (const Engine::EndedAttempt& ended : engine_->TakeEndedAttempts()) {
      observer_->OnAttemptEnded(ended.class_name, ended.route_group, ended.attempt);
    }
    for (int64_t n = engine_->TakeStaleReports(); n > 0; --n) observer_->OnStaleReport();
    for (int64_t n = engine_->TakeExpiredLeases(); n > 0; --n) observer_->OnLeaseExpired();
  }

  void Answers(const absl::Status& status) {
    std::vector<Answer> answers = std::exchange(answers_, {});
    for (Answer& answer : answers) answer(status);
  }

  void FailCommit(const absl::Status& status) {
    healthy_ = false;
    LogError("engine", "commit failed, recovering", {{"status", status}});
    observer_->OnCommitFailed(status);
    Answers(CommitUnknown(status));
    absl::Duration delay = kFirstRecoveryDelay;
    while (!stopped_) {
      const absl::Status recovered = Recover();
      if (recovered.ok()) break;
      LogError("engine", "recovery failed", {{"status", recovered}, {"retry_in", delay}});
      pause_.For(*clock_, delay);
      delay = std::min(delay * 2, kLastRecoveryDelay);
    }
    // Those who wait for a job that ended in the meantime find out now.
    for (AwaitCall& call : awaits_.TakeDue(absl::InfiniteDuration())) Do(call);
  }

  absl::Status Recover() {
    const absl::Duration before = clock_->Now().steady;
    const absl::StatusOr<JobStore::Recovered> recovered = store_->Recover(clock_->Now().wall);
    if (!recovered.ok()) return recovered.status();
    auto engine = std::make_unique<Engine>(options_.plan, options_.seed, *recovered);
    const Instant now = clock_->Now();
    absl::Status status =
        store_->LoadLive([&](LiveState live) { engine->LoadLive(std::move(live), now); });
    if (!status.ok()) return status;
    status = store_->LoadKeys([&](const KeyAdded& key) { engine->LoadKey(key); });
    if (!status.ok()) return status;
    status = store_->LoadSmallStates([&](const SmallState& small) {
      // A small state that cannot be read costs what was learned, not the jobs.
      const absl::Status loaded = engine->LoadSmallState(small, now);
      if (!loaded.ok()) LogWarning("engine", "small state ignored", {{"status", loaded}});
    });
    if (!status.ok()) return status;
    engine_ = std::move(engine);
    healthy_ = true;
    const absl::Duration took = clock_->Now().steady - before;
    observer_->OnRecovered(recovered->epoch, engine_->live_jobs(), took);
    LogInfo(
        "engine", "live jobs loaded",
        {{"epoch", recovered->epoch}, {"live_jobs", engine_->live_jobs()}, {"took_seconds", took}});
    return absl::OkStatus();
  }

  void Tidy() {
    if (!untidy_) return;
    const absl::StatusOr<bool> more = store_->Tidy();
    if (!more.ok()) LogWarning("engine", "tidying the store failed", {{"status", more.status()}});
    untidy_ = more.ok() && *more;
  }

  void AnswerEverybody() {
    for (Command& command : inbox_.Take(-absl::InfiniteDuration(), INT64_MAX, INT64_MAX)) {
      std::visit([](auto& call) { call.done(Draining()); }, command);
    }
  }

  // A wait that Stop ends early is not needed: recovery pauses are short.
  struct Pause {
    void For(const Clock& clock, absl::Duration length) {
      MutexLock lock(mutex);
      const absl::Duration until = clock.Now().steady + length;
      while (!clock.WaitUntil(never, mutex, until)) {
      }
    }
    Mutex mutex;
    CondVar never;
  };

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
  ParkedLeases polls_;
  ParkedAwaits awaits_;
  std::vector<Answer> answers_;  // released by the commit
  bool untidy_ = false;          // something was written since the store was last tidied
  Pause pause_;
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
