// How the calls to one upstream ended in the last ten minutes, counted in steps of half a minute.
#ifndef LULL_SERVER_SCHEDULER_RECENT_CALLS_H_
#define LULL_SERVER_SCHEDULER_RECENT_CALLS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "server/scheduler/call_end.h"

namespace lull {

class RecentCalls {
 public:
  struct Counts {
    int64_t calls = 0;
    int64_t busy = 0;      // of the calls: those that were told so
    int64_t failures = 0;  // of the calls: those that failed otherwise
  };

  // Calls without a signal say nothing of the upstream and do not count.
  void Add(CallSignal signal, absl::Duration steady_now) {
    if (signal == CallSignal::kNoSignal) return;
    const int64_t number = NumberOf(steady_now);
    Step& step = steps_[static_cast<size_t>(number) % kSteps];
    if (step.number != number) step = {number, Counts()};
    ++step.counts.calls;
    if (signal == CallSignal::kBusy) ++step.counts.busy;
    if (signal == CallSignal::kFailed || signal == CallSignal::kRefused) ++step.counts.failures;
  }

  Counts Total(absl::Duration steady_now) const {
    Counts total;
    for (const Step& step : steps_) {
      if (step.number <= NumberOf(steady_now) - static_cast<int64_t>(kSteps)) continue;
      total.calls += step.counts.calls;
      total.busy += step.counts.busy;
      total.failures += step.counts.failures;
    }
    return total;
  }

 private:
  static constexpr absl::Duration kStep = absl::Seconds(30);
  static constexpr size_t kSteps = 20;
  struct Step {
    int64_t number = INT64_MIN;  // in steady time; none yet
    Counts counts;
  };
  static int64_t NumberOf(absl::Duration steady) { return steady / kStep; }

  std::array<Step, kSteps> steps_;
};

}  // namespace lull

#endif  // LULL_SERVER_SCHEDULER_RECENT_CALLS_H_
