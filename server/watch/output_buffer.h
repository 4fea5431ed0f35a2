// Pieces of partial output on their way to one watcher: bounded, and what does not fit is dropped.
// The reader sees the gap by the offsets.
//
// Any thread puts, the one that drives the watcher takes.
#ifndef LULL_SERVER_WATCH_OUTPUT_BUFFER_H_
#define LULL_SERVER_WATCH_OUTPUT_BUFFER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/mutex.h"
#include "storage/record.h"

namespace lull {

class OutputBuffer {
 public:
  static constexpr int64_t kMaxBytes = int64_t{4} << 20;
  static constexpr int64_t kMaxPieces = 4096;
  static constexpr size_t kMaxEnded = 4096;

  // `message` is a whole WatchJobsResponse, shared by all who get it. False: dropped, because the
  // buffer is full or the job's end has been told.
  bool Put(JobNumber job, std::shared_ptr<const std::string> message);

  // The oldest; null: there is none.
  std::shared_ptr<const std::string> Take();

  // The watcher is about to be told the job's end, after which nothing of it may follow. False:
  // pieces of it wait and have to go first.
  bool End(JobNumber job);
  // As End, without those pieces.
  void Drop(JobNumber job);

 private:
  struct Piece {
    JobNumber job = 0;
    std::shared_ptr<const std::string> message;
  };

  void NoteEnd(JobNumber job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::deque<Piece> pieces_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<JobNumber, int64_t> waiting_ ABSL_GUARDED_BY(mutex_);  // pieces of a job
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_set<JobNumber> ended_ ABSL_GUARDED_BY(mutex_);  // lately
  std::deque<JobNumber> ended_order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lull

#endif  // LULL_SERVER_WATCH_OUTPUT_BUFFER_H_
