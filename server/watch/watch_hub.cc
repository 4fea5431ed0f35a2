#include "server/watch/watch_hub.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/api/rpc_error.h"
#include "server/watch/watch_message.h"

namespace lull {
namespace {

// How often slow readers are looked for.
constexpr absl::Duration kLookForSlow = absl::Seconds(1);

ErrorMetadata ResumeAfter(const Watcher& watcher) {
  if (!watcher.can_resume()) return {};
  return {{"resume_after", absl::StrCat(watcher.position())}};
}

absl::Status TooSlowError(const Watcher& watcher) {
  return RpcError(
      absl::StatusCode::kResourceExhausted, "READER_TOO_SLOW",
      watcher.can_resume()
          ? absl::StrCat("events were not read fast enough; resume after ", watcher.position())
          : "the snapshot was not read fast enough; begin again",
      ResumeAfter(watcher));
}

absl::Status StoppingError(const ErrorMetadata& metadata) {
  return RpcError(absl::StatusCode::kUnavailable, "DRAINING",
                  "the server is shutting down; resume in a moment", metadata);
}

}  // namespace

WatchHub::WatchHub(Options options, JobStore* store, JobReads* reads, const Clock* clock)
    : options_(options), store_(store), reads_(reads), clock_(clock), events_(options.events) {
  threads_.emplace_back([this] { Distribute(); });
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Drive(); });
}

WatchHub::~WatchHub() { Stop(); }

// ---- the engine's thread

void WatchHub::OnCommitted(const Group& group) {
  const bool watched = watchers_ > 0;
  events_.OnCommitted(group, watched);
  if (watched && !group.events.empty()) NoteNews();
}

void WatchHub::OnRecovered() {
  events_.OnRecovered();
  NoteNews();
}

void WatchHub::NoteNews() {
  MutexLock lock(mutex_);
  ++news_;
  if (undistributed_) return;
  undistributed_ = true;
  news_arrived_.Signal();
}

// ---- who watches

absl::Status WatchHub::Add(WatchOrder order, std::shared_ptr<WatchSink> sink) {
  const WatchSink* const key = sink.get();
  auto output = order.include_output ? std::make_shared<OutputBuffer>() : nullptr;
  auto watch = std::make_shared<Watch>(
      Watch{std::move(sink), output, Watcher(std::move(order), &events_, output)});
  MutexLock lock(mutex_);
  if (stopping_) return StoppingError({});
  if (static_cast<int64_t>(watches_.size()) >= options_.max_watchers) {
    return OverloadedError(
        "WATCHERS_FULL",
        absl::StrCat(watches_.size(), " watch already; at most ", options_.max_watchers, " may"),
        absl::Seconds(5));
  }
  watches_[key] = watch;
  ++watchers_;
  if (watch->output != nullptr) ++output_watchers_;
  MakeReady(watch);
  return absl::OkStatus();
}

void WatchHub::Sent(const WatchSink* sink) {
  MutexLock lock(mutex_);
  const auto found = watches_.find(sink);
  if (found == watches_.end()) return;
  const WatchPtr watch = found->second;
  Landed(*watch);
  if (watch->state != State::kSending) return;
  if (watch->caught_up) {
    MakeIdle(watch);
  } else {
    MakeReady(watch);
  }
}

void WatchHub::Remove(const WatchSink* sink) {
  WatchPtr watch;  // goes after the lock
  MutexLock lock(mutex_);
  const auto found = watches_.find(sink);
  if (found == watches_.end()) return;
  watch = std::move(found->second);
  watches_.erase(found);
  watch->removed = true;
  Landed(*watch);
  if (watch->state == State::kIdle) std::erase(idle_, watch);
  if (watch->state == State::kStarved) std::erase(starved_, watch);
  if (watch->output != nullptr) --output_watchers_;
  if (--watchers_ == 0) events_.Forget();
}

// ---- partial output

bool WatchHub::WatchesOutput(JobNumber job, absl::string_view tenant,
                             const Labels& create_labels) const {
  if (output_watchers_ == 0) return false;
  MutexLock lock(mutex_);
  return std::any_of(watches_.begin(), watches_.end(), [&](const auto& watch) {
    const auto& selection = watch.second->selection;
    return selection != nullptr && selection->Has(job, tenant, create_labels);
  });
}

void WatchHub::PutOutput(JobNumber job, const JobIdentity& who, int32_t attempt_number,
                         int64_t offset, absl::string_view data) {
  if (output_watchers_ == 0) return;
  auto message = std::make_shared<const std::string>(
      WatchOutputMessage(who.id_text, attempt_number, offset, data));
  MutexLock lock(mutex_);
  for (const auto& [sink, watch] : watches_) {
    if (watch->selection == nullptr || watch->state == State::kEnded) continue;
    if (!watch->selection->Has(job, who.tenant, who.labels)) continue;
    if (!watch->output->Put(job, message)) continue;
    if (watch->state == State::kIdle) {
      std::erase(idle_, watch);
      MakeReady(watch);
    } else {
      ++news_;  // so that it does not rest before it has looked again
    }
  }
}

// ---- the distributor's thread

void WatchHub::Distribute() {
  absl::Duration looked = clock_->Now().steady;
  while (true) {
    std::vector<WatchPtr> slow;
    std::vector<WatchPtr> unfinished;
    {
      MutexLock lock(mutex_);
      if (!stopping_ && !undistributed_) news_arrived_.WaitFor(mutex_, kLookForSlow);
      if (stopping_) return;
      const absl::Duration now = clock_->Now().steady;
      if (now - looked >= kLookForSlow) {
        looked = now;
        slow = TakeSlow();
        unfinished = TakeUnfinished();
      }
      if (undistributed_) {
        WakeIdle();
        stopped_.WaitFor(mutex_, options_.pace);
      }
    }
    for (const WatchPtr& watch : slow) watch->sink->End(TooSlowError(watch->watcher));
    for (const WatchPtr& watch : unfinished) watch->sink->Abort();
  }
}

void WatchHub::WakeIdle() {
  undistributed_ = false;
  for (WatchPtr& watch : idle_) {
    watch->state = State::kReady;
    ready_.push_back(std::move(watch));
  }
  idle_.clear();
  ready_arrived_.SignalAll();
}

std::vector<WatchHub::WatchPtr> WatchHub::TakeSlow() {
  const absl::Duration now = clock_->Now().steady;
  std::vector<WatchPtr> slow;
  for (const auto& [sink, watch] : watches_) {
    if (!IsSlow(*watch, now)) continue;
    watch->state = State::kEnded;
    watch->since = now;
    ++stats_.cut_off;
    slow.push_back(watch);
  }
  return slow;
}

bool WatchHub::IsSlow(const Watch& watch, absl::Duration now) const {
  if (watch.state != State::kSending || now - watch.since < options_.patience) return false;
  const EventNumber waiting = events_.known_end() - 1 - watch.watcher.position();
  return waiting > options_.max_lag || !starved_.empty();
}

// Whose reader takes not even the end.
std::vector<WatchHub::WatchPtr> WatchHub::TakeUnfinished() {
  const absl::Duration now = clock_->Now().steady;
  std::vector<WatchPtr> unfinished;
  for (const auto& [sink, watch] : watches_) {
    if (watch->state != State::kEnded || now - watch->since < options_.end_patience) continue;
    watch->since = now;
    unfinished.push_back(watch);
  }
  return unfinished;
}

// ---- the threads that drive

void WatchHub::Drive() {
  PoolReader reader(store_);
  while (const WatchPtr watch = TakeReady()) {
    Settle(watch, watch->watcher.Next(reader));
  }
}

WatchHub::WatchPtr WatchHub::TakeReady() {
  MutexLock lock(mutex_);
  while (true) {
    while (ready_.empty() && !stopping_) ready_arrived_.Wait(mutex_);
    if (stopping_) return nullptr;
    WatchPtr watch = std::move(ready_.front());
    ready_.pop_front();
    if (watch->removed) continue;
    const bool large = watch->watcher.order().include_response || watch->output != nullptr;
    if (large && stats_.bytes_in_flight > options_.max_bytes_in_flight) {
      watch->state = State::kStarved;
      starved_.push_back(std::move(watch));
      continue;
    }
    watch->state = State::kRunning;
    watch->news_seen = news_;
    return watch;
  }
}

void WatchHub::Settle(const WatchPtr& watch, Watcher::Step step) {
  if (watch->output != nullptr && watch->watcher.selection() != nullptr) {
    MutexLock lock(mutex_);
    watch->selection = watch->watcher.selection();
  }
  switch (step.kind) {
    case Watcher::Step::Kind::kMessage:
      return Send(watch, std::move(step));
    case Watcher::Step::Kind::kEnd:
      return End(watch, step.status);
    case Watcher::Step::Kind::kReadJobs:
      return ReadJobs(watch, std::move(step.jobs));
    case Watcher::Step::Kind::kAgain:
    case Watcher::Step::Kind::kIdle:
      break;
  }
  MutexLock lock(mutex_);
  if (watch->removed) return;
  if (step.kind == Watcher::Step::Kind::kAgain) {
    MakeReady(watch);
  } else {
    MakeIdle(watch);
  }
}

void WatchHub::Send(const WatchPtr& watch, Watcher::Step step) {
  {
    MutexLock lock(mutex_);
    if (watch->removed) return;
    watch->state = State::kSending;
    watch->caught_up = step.caught_up;
    watch->since = clock_->Now().steady;
    watch->bytes_in_flight = static_cast<int64_t>(step.message.size());
    stats_.bytes_in_flight += watch->bytes_in_flight;
    ++stats_.messages;
  }
  watch->sink->Send(std::move(step.message));
}

void WatchHub::End(const WatchPtr& watch, const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (watch->removed) return;
    watch->state = State::kEnded;
    watch->since = clock_->Now().steady;
  }
  watch->sink->End(status);
}

void WatchHub::ReadJobs(const WatchPtr& watch, std::vector<JobRef> jobs) {
  {
    MutexLock lock(mutex_);
    if (watch->removed) return;
    watch->state = State::kReading;
  }
  reads_->GetMany(watch->watcher.order().caller, std::move(jobs), JobDetail::kBasic,
                  /*max_body_bytes=*/0,
                  [this, watch](std::vector<absl::StatusOr<JobSnapshot>> read) {
                    watch->watcher.TakeJobs(std::move(read));
                    MutexLock lock(mutex_);
                    if (!watch->removed && watch->state == State::kReading) MakeReady(watch);
                  });
}

void WatchHub::MakeReady(const WatchPtr& watch) {
  watch->state = State::kReady;
  ready_.push_back(watch);
  ready_arrived_.Signal();
}

// What came after it was looked at, and before it rests, wakes it again.
void WatchHub::MakeIdle(const WatchPtr& watch) {
  watch->state = State::kIdle;
  idle_.push_back(watch);
  if (news_ == watch->news_seen || undistributed_) return;
  undistributed_ = true;
  news_arrived_.Signal();
}

void WatchHub::Landed(Watch& watch) {
  stats_.bytes_in_flight -= std::exchange(watch.bytes_in_flight, 0);
  if (starved_.empty() || stats_.bytes_in_flight > options_.max_bytes_in_flight) return;
  for (const WatchPtr& starved : std::exchange(starved_, {})) MakeReady(starved);
}

// Whoever still watches when the threads are gone is driven by nobody.
void WatchHub::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    news_arrived_.SignalAll();
    ready_arrived_.SignalAll();
    stopped_.SignalAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  std::vector<WatchPtr> left;
  {
    MutexLock lock(mutex_);
    for (const auto& [sink, watch] : watches_) {
      if (watch->state == State::kEnded) continue;
      watch->state = State::kEnded;
      left.push_back(watch);
    }
  }
  for (const WatchPtr& watch : left) watch->sink->End(StoppingError(ResumeAfter(watch->watcher)));
}

WatchHub::Stats WatchHub::GetStats() const {
  MutexLock lock(mutex_);
  Stats stats = stats_;
  stats.watchers = static_cast<int64_t>(watches_.size());
  return stats;
}

}  // namespace lull
