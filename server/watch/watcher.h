// One watcher: a cursor over the committed events, with a snapshot before them if it asked for one.
//
// A state machine without threads, locks or gRPC: whoever drives it calls Next for the next message
// when the one before has been taken, so it holds one message's worth of memory however slow its
// reader is.
//
// The snapshot is no long transaction. S is the newest event when it begins. The selected jobs are
// then read page by page, each as it is at that moment; SYNCED says S; the events from S + 1 on
// follow, without those that a job in the snapshot had already taken in (its event_seq is theirs or
// later). Which these are is remembered only for jobs that changed since S.
#ifndef LULL_SERVER_WATCH_WATCHER_H_
#define LULL_SERVER_WATCH_WATCHER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/job.pb.h"
#include "server/api/job_snapshot.h"
#include "server/reads/job_reads.h"
#include "server/reads/read_pool.h"
#include "server/watch/committed_events.h"
#include "server/watch/output_buffer.h"
#include "server/watch/selection.h"
#include "server/watch/watch_order.h"

namespace lull {

class Watcher {
 public:
  // What a message holds at most, beyond its last event or job.
  static constexpr int64_t kMessageBytes = 64 << 10;
  static constexpr int64_t kMessageEvents = 1000;

  struct Step {
    enum class Kind {
      kMessage,   // `message` is to be sent
      kAgain,     // nothing yet, and there is more to look at
      kIdle,      // nothing until something is committed, or output comes
      kReadJobs,  // `jobs` are to be read in the BASIC view, and given to TakeJobs
      kEnd,       // with `status`; the last step
    };
    Kind kind = Kind::kIdle;
    std::string message;
    bool caught_up = false;  // kMessage: there was nothing more when it was made
    std::vector<JobRef> jobs;
    absl::Status status;
  };

  // `events` is not owned. `output` may be null.
  Watcher(WatchOrder order, CommittedEvents* events, std::shared_ptr<OutputBuffer> output);

  Step Next(PoolReader& reader);
  void TakeJobs(std::vector<absl::StatusOr<JobSnapshot>> jobs);

  const WatchOrder& order() const { return order_; }
  // All events up to this number are in the messages so far, or in the snapshot.
  EventNumber position() const { return position_; }
  // Whether a stream that ends now can be resumed after position(): the snapshot is complete.
  bool can_resume() const { return stage_ == Stage::kEvents; }
  // Null until Next was called once, and where the jobs could not be found.
  std::shared_ptr<const Selection> selection() const { return selection_; }

 private:
  enum class Stage { kBegin, kStates, kSnapshot, kEvents };

  absl::Status Begin(PoolReader& reader);
  absl::StatusOr<std::vector<JobNumber>> FindJobs(PoolReader& reader);

  Step ReadJobs(std::vector<JobNumber> jobs);
  Step NextOfStates();
  Step NextOfSnapshot(PoolReader& reader);
  absl::StatusOr<std::vector<JobNumber>> NextPage(PoolReader& reader);
  absl::StatusOr<std::string> SnapshotMessage(PoolReader& reader);
  absl::Status Show(const JobSnapshot& job, PoolReader& reader, std::string* fields);

  Step NextOfEvents(PoolReader& reader);
  // False: output has to go first.
  absl::StatusOr<bool> Tell(const EncodedEvents& events, const EncodedEvents::Entry& entry,
                            EventNumber number, PoolReader& reader, std::string* fields,
                            int64_t* told);
  bool WasShown(JobNumber job, EventNumber number) const;

  // Of a job that succeeded; nothing where it was deleted since.
  static absl::Status FillAnswer(JobNumber job, PoolReader& reader, v1::Response* proto);

  const WatchOrder order_;
  CommittedEvents* const events_;
  const std::shared_ptr<OutputBuffer> output_;

  Stage stage_ = Stage::kBegin;
  std::shared_ptr<const Selection> selection_;
  EventNumber position_ = 0;
  absl::flat_hash_set<JobNumber> not_ended_;  // with until_terminal

  // While the jobs are read.
  std::vector<JobNumber> jobs_left_;  // of those selected by id, last first
  JobNumber before_ = 0;              // of the next page of those selected by labels; 0: no more
  std::vector<JobNumber> asked_;      // what TakeJobs is to bring
  std::deque<JobSnapshot> jobs_;      // read, and not sent yet
  absl::Status failed_;

  // Jobs that the snapshot showed in a state after position_, and the newest event they showed.
  absl::flat_hash_map<JobNumber, EventNumber> shown_;
  EventNumber shown_until_ = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_WATCH_WATCHER_H_
