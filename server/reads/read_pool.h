// Threads that read the store, and that turn results into replies, so that neither gRPC's threads
// nor the engine's do.
//
// Read and Run may be called from any thread. Tasks run in the order they came, on any of the
// threads; what is queued when the pool stops still runs.
#ifndef LULL_SERVER_READS_READ_POOL_H_
#define LULL_SERVER_READS_READ_POOL_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "storage/job_store.h"

namespace lull {

// One thread's reader. It is opened when it is first needed, and again after the store has failed.
class PoolReader {
 public:
  explicit PoolReader(JobStore* store) : store_(store) {}

  // What `read` gives, called with a JobReader; once more with a fresh one after UNAVAILABLE. The
  // error of opening one if that fails.
  template <typename Read>
  auto Do(Read read) -> decltype(read(std::declval<JobReader&>())) {
    for (bool again = true;; again = false) {
      if (absl::Status opened = Open(); !opened.ok()) return opened;
      auto result = read(*reader_);
      if (result.ok() || absl::IsNotFound(result.status())) return result;
      reader_.reset();
      if (!again || !absl::IsUnavailable(result.status())) return result;
    }
  }

 private:
  absl::Status Open();

  JobStore* const store_;
  std::unique_ptr<JobReader> reader_;
};

class ReadPool {
 public:
  using Task = absl::AnyInvocable<void(PoolReader&)>;

  // Does not own the store, which outlives the pool.
  ReadPool(JobStore* store, int threads, int64_t max_queue);
  ~ReadPool();  // Stop()

  // OK: the task will run. RESOURCE_EXHAUSTED where `max_queue` tasks wait already, UNAVAILABLE
  // after Stop: it will not.
  absl::Status Read(Task task);

  // For what is owed already: the answer to a command that was carried out. The task always runs,
  // also beyond `max_queue` (there are no more of them than calls under way), and at once on the
  // calling thread after Stop.
  void Run(Task task);

  // Runs what is queued, then joins the threads. Idempotent.
  void Stop();

  int64_t queued() const;

 private:
  void Work();

  JobStore* const store_;
  const int64_t max_queue_;
  mutable Mutex mutex_;
  CondVar arrived_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace lull

#endif  // LULL_SERVER_READS_READ_POOL_H_
