// Looks the store through for damage in the background, where whoever had it open last did not
// close it: after a crash, a kill or a power failure. On a thread of its own, of low priority;
// where the check has to give way, it is tried again later.
#ifndef LULL_SERVER_STORE_WATCH_H_
#define LULL_SERVER_STORE_WATCH_H_

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "storage/job_store.h"

namespace lull {

class StoreWatch {
 public:
  // Told on the watch's thread: of each check how it ended, and after it, once, of damage.
  using Told = absl::AnyInvocable<void(const absl::Status&)>;

  // Owns neither; both outlive it.
  StoreWatch(JobStore* store, const Clock* clock, Told on_checked, Told on_damage);
  ~StoreWatch();  // Stop()

  // Once the store has been recovered. Does nothing where no check is due.
  void Start();

  // Ends a check that runs. Idempotent; not on the watch's thread.
  void Stop();

 private:
  static constexpr absl::Duration kFirstDelay = absl::Minutes(1);
  static constexpr absl::Duration kLastDelay = absl::Hours(1);

  void Run();
  // False: there will be none.
  bool NextCheck(absl::Duration delay);
  void Note(const absl::Status& checked, absl::Duration took);

  JobStore& store_;
  const Clock& clock_;
  Told on_checked_;
  Told on_damage_;
  Mutex mutex_;
  CondVar stopped_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<StoreCheck> check_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace lull

#endif  // LULL_SERVER_STORE_WATCH_H_
