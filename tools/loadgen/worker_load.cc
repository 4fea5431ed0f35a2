// The worker's part of mode life, as a process of its own or by hand.
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/loadgen/load.h"
#include "tools/loadgen/worker.h"

namespace lull {
namespace {

constexpr absl::Duration kTellEvery = absl::Milliseconds(5);

// A line with the number of finished jobs whenever it has grown, for the process that started us.
void Tell(const RunControl& control, RunControl& telling) {
  int64_t told = 0;
  for (bool more = true; more;) {
    more = telling.WaitUntil(telling.Now() + kTellEvery);
    const int64_t done = control.done();
    if (done == told) continue;
    std::printf("%lld\n", static_cast<long long>(done));
    std::fflush(stdout);
    told = done;
  }
}

}  // namespace

LoadReport RunWorker(const LoadOptions& options, RunControl& control) {
  RunControl telling(SystemClock(), 0, absl::InfiniteDuration());
  std::thread teller;
  if (options.tell) teller = std::thread([&] { Tell(control, telling); });
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.connections; ++i) {
    workers.push_back(std::make_unique<Worker>(options, control, i,
                                               absl::StrCat(options.worker_id, "-", i), nullptr));
  }
  LoadReport report;
  for (const auto& worker : workers) report.Add(worker->Finish());
  telling.Stop();
  if (teller.joinable()) teller.join();
  return report;
}

}  // namespace lull
