// Everybody who watches: takes what is committed from the engine's thread, and drives the watchers
// on threads of its own, one message at a time for each of them.
//
// Plain threads and no gRPC: where messages go is a WatchSink. A watcher whose message has not been
// taken is not driven, so it costs one message of memory and slows nobody. It is cut off with
// RESOURCE_EXHAUSTED, and told where to resume, when it takes nothing for `patience` while more
// than `max_lag` events wait for it.
#ifndef LULL_SERVER_WATCH_WATCH_HUB_H_
#define LULL_SERVER_WATCH_WATCH_HUB_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "server/reads/job_reads.h"
#include "server/watch/committed_events.h"
#include "server/watch/output_buffer.h"
#include "server/watch/watch_order.h"
#include "server/watch/watcher.h"
#include "storage/job_store.h"

namespace lull {

// Where one watcher's messages go. Called on the hub's threads, without its lock; must not block.
class WatchSink {
 public:
  virtual ~WatchSink() = default;
  // A serialized WatchJobsResponse. The next comes after WatchHub::Sent.
  virtual void Send(std::string message) = 0;
  // The last call but perhaps for Abort; a message may still be on its way.
  virtual void End(const absl::Status& status) = 0;
  // The end has not arrived for long: let go of everything.
  virtual void Abort() = 0;
};

class WatchHub {
 public:
  struct Options {
    CommittedEvents::Limits events;
    int threads = 2;
    int64_t max_watchers = 2000;
    // New events are handed out at most this often, so that many small commits make few messages.
    // The first after a pause goes at once. Real time.
    absl::Duration pace = absl::Milliseconds(10);
    absl::Duration patience = absl::Seconds(10);
    absl::Duration end_patience = absl::Seconds(60);  // for the end to be taken; then it is aborted
    int64_t max_lag = 65'536;                         // events
    // On their way to all sinks together, of messages with answers and output.
    int64_t max_bytes_in_flight = int64_t{256} << 20;
  };

  // Owns none of the three; they outlive it.
  WatchHub(Options options, JobStore* store, JobReads* reads, const Clock* clock);
  ~WatchHub();  // Stop()

  // ---- the engine's thread: does not block
  void OnCommitted(const Group& group);
  void OnRecovered();

  // ---- any thread
  // From now on `sink` is called, until Remove. RESOURCE_EXHAUSTED: there are as many already as
  // there may be. UNAVAILABLE: the hub has stopped.
  absl::Status Add(WatchOrder order, std::shared_ptr<WatchSink> sink);
  // The message was taken.
  void Sent(const WatchSink* sink);
  // The sink is of no use any more. Its calls may still be under way.
  void Remove(const WatchSink* sink);

  // Whether somebody watches the output of that job.
  bool WatchesOutput(JobNumber job, absl::string_view tenant, const Labels& create_labels) const;
  // Hands a piece to everybody who watches that output.
  void PutOutput(JobNumber job, const JobIdentity& who, int32_t attempt_number, int64_t offset,
                 absl::string_view data);

  // Ends all watchers with UNAVAILABLE and joins the threads. Idempotent.
  void Stop();

  struct Stats {
    int64_t watchers = 0;
    int64_t cut_off = 0;   // slow readers, since the start
    int64_t messages = 0;  // sent, since the start
    int64_t bytes_in_flight = 0;
  };
  Stats GetStats() const;

  CommittedEvents& events() { return events_; }

 private:
  enum class State {
    kReady,    // in ready_
    kRunning,  // a thread drives it
    kSending,  // until Sent
    kIdle,     // in idle_, until something is committed or output comes
    kReading,  // its jobs are being read
    kStarved,  // in starved_, until bytes are no longer in flight
    kEnded,    // until Remove
  };
  struct Watch {
    std::shared_ptr<WatchSink> sink;
    std::shared_ptr<OutputBuffer> output;  // with include_output
    Watcher watcher;                       // touched only by who drives it, or while nobody does
    // Below: guarded by the hub's mutex.
    State state = State::kReady;
    bool removed = false;
    bool caught_up = false;
    int64_t news_seen = 0;
    int64_t bytes_in_flight = 0;
    absl::Duration since = absl::ZeroDuration();  // steady: of the message in flight, or of the end
    std::shared_ptr<const Selection> selection = nullptr;  // with include_output, once known
  };
  using WatchPtr = std::shared_ptr<Watch>;

  // ---- the distributor's thread
  void Distribute();
  void WakeIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<WatchPtr> TakeSlow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<WatchPtr> TakeUnfinished() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsSlow(const Watch& watch, absl::Duration now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ---- the threads that drive
  void Drive();
  WatchPtr TakeReady();  // null: the hub stops
  void Settle(const WatchPtr& watch, Watcher::Step step);
  void Send(const WatchPtr& watch, Watcher::Step step);
  void End(const WatchPtr& watch, const absl::Status& status);
  void ReadJobs(const WatchPtr& watch, std::vector<JobRef> jobs);

  void MakeReady(const WatchPtr& watch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeIdle(const WatchPtr& watch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Landed(Watch& watch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteNews();

  const Options options_;
  JobStore* const store_;
  JobReads* const reads_;
  const Clock* const clock_;
  CommittedEvents events_;
  std::atomic<int64_t> watchers_{0};
  std::atomic<int64_t> output_watchers_{0};

  mutable Mutex mutex_;
  CondVar news_arrived_;   // for the distributor
  CondVar ready_arrived_;  // for those that drive
  CondVar stopped_;
  absl::flat_hash_map<const WatchSink*, WatchPtr> watches_ ABSL_GUARDED_BY(mutex_);
  std::deque<WatchPtr> ready_ ABSL_GUARDED_BY(mutex_);
  std::vector<WatchPtr> idle_ ABSL_GUARDED_BY(mutex_);
  std::vector<WatchPtr> starved_ ABSL_GUARDED_BY(mutex_);
  int64_t news_ ABSL_GUARDED_BY(mutex_) = 0;  // counts what may wake the idle
  bool undistributed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Stats stats_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace lull

#endif  // LULL_SERVER_WATCH_WATCH_HUB_H_
