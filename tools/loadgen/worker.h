// A worker's side of the queue, without the calls: leases jobs and reports each as succeeded at
// once.
#ifndef LULL_TOOLS_LOADGEN_WORKER_H_
#define LULL_TOOLS_LOADGEN_WORKER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "base/mutex.h"
#include "proto/worker_service.grpc.pb.h"
#include "tools/loadgen/load_options.h"
#include "tools/loadgen/load_report.h"
#include "tools/loadgen/run_control.h"

namespace lull {

// One connection: `polls` threads that lease and one that reports all that there is, so that polls
// are in flight while reports are.
class Worker {
 public:
  // What a poll gave; called on its thread.
  using Leased = absl::AnyInvocable<void(const v1::LeaseJobsResponse&, LoadReport*)>;

  // Starts at once, and leases until the control says that it is over. `leased` may be null.
  Worker(const LoadOptions& options, RunControl& control, int number, std::string id,
         Leased leased);

  // Waits until everything that was leased is reported. Once.
  LoadReport Finish();

 private:
  void Poll();
  void Report();
  void Hand(const v1::LeaseJobsResponse& reply);

  const LoadOptions& options_;
  RunControl& control_;
  const std::string id_;
  Leased leased_;
  const std::unique_ptr<v1::WorkerService::Stub> stub_;
  v1::AttemptResult success_;  // without a token

  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> tokens_ ABSL_GUARDED_BY(mutex_);  // to be reported
  int polling_ ABSL_GUARDED_BY(mutex_);
  LoadReport report_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_WORKER_H_
