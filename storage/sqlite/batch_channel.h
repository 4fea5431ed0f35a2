// Rows from the thread that reads them to the one that takes them in, some at a time and only so
// far ahead.
#ifndef LULL_STORAGE_SQLITE_BATCH_CHANNEL_H_
#define LULL_STORAGE_SQLITE_BATCH_CHANNEL_H_

#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"

namespace lull {

template <typename Row>
struct RowBatch {
  std::vector<Row> rows;
  bool ends_range = false;
};

// Thread-safe; for one that puts and one that takes.
template <typename Row>
class BatchChannel {
 public:
  explicit BatchChannel(size_t most_batches) : most_batches_(most_batches) {}

  // Waits while it is full. False: nobody takes any more.
  bool Put(RowBatch<Row> batch) {
    MutexLock lock(mutex_);
    while (batches_.size() >= most_batches_ && !given_up_) changed_.Wait(mutex_);
    if (given_up_) return false;
    batches_.push_back(std::move(batch));
    changed_.Signal();
    return true;
  }

  // Nothing comes any more; an error is found behind what was put before.
  void Finish(absl::Status status) {
    MutexLock lock(mutex_);
    end_ = status.ok() ? absl::OutOfRangeError("all batches were taken") : std::move(status);
    changed_.Signal();
  }

  // Waits for a batch, or for the end, whose status it gives then.
  absl::StatusOr<RowBatch<Row>> Take() {
    MutexLock lock(mutex_);
    while (batches_.empty() && end_.ok()) changed_.Wait(mutex_);
    if (batches_.empty()) return end_;
    RowBatch<Row> batch = std::move(batches_.front());
    batches_.pop_front();
    changed_.Signal();
    return batch;
  }

  // From the one that takes: it will not.
  void GiveUp() {
    MutexLock lock(mutex_);
    given_up_ = true;
    changed_.Signal();
  }

 private:
  const size_t most_batches_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<RowBatch<Row>> batches_ ABSL_GUARDED_BY(mutex_);
  absl::Status end_ ABSL_GUARDED_BY(mutex_);  // OK: not yet
  bool given_up_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_BATCH_CHANNEL_H_
