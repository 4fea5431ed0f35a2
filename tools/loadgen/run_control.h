// How far a load is, and whether it is to end: shared by its threads.
#ifndef LULL_TOOLS_LOADGEN_RUN_CONTROL_H_
#define LULL_TOOLS_LOADGEN_RUN_CONTROL_H_

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace lull {

// Any thread.
class RunControl {
 public:
  // Begins now. 0 jobs: bounded by `time` alone. `clock` outlives it.
  RunControl(const Clock& clock, int64_t jobs, absl::Duration time)
      : clock_(clock), jobs_(jobs), begin_(clock.Now().steady), end_(begin_ + time) {}

  absl::Duration Now() const { return clock_.Now().steady; }
  absl::Duration begin() const { return begin_; }
  absl::Duration end() const { return end_; }

  // Takes up to `most` of the jobs that may still be started, and gives the number of the first:
  // their places are [*first, *first + result). 0: none may, the load is over.
  int64_t TakeJobs(int64_t most, int64_t* first);

  // Whether so many jobs as asked for are done, the time is over, or Stop was called.
  bool over() const;

  void CountDone(int64_t jobs);
  int64_t done() const { return done_; }

  // Waits until this steady time, or until Stop: false then.
  bool WaitUntil(absl::Duration steady);
  // Waits until so many jobs are done, the time is over, or Stop.
  void WaitForDone(int64_t jobs);

  // Nothing more is started. From a signal, for example.
  void Stop();
  bool stopped() const { return stopped_; }

 private:
  const Clock& clock_;
  const int64_t jobs_;
  const absl::Duration begin_;
  const absl::Duration end_;
  std::atomic<int64_t> started_{0};
  std::atomic<int64_t> done_{0};
  std::atomic<bool> stopped_{false};
  Mutex mutex_;
  // Apart, so that what is done does not wake the many threads that wait for their time.
  CondVar stopping_;
  CondVar progressed_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_RUN_CONTROL_H_
