// The worker: leases jobs, makes each one's call once, reports what came of it.
//
// It has no policy but time limits and the meaning of answers: whether there is another attempt is
// the server's decision. Everything but I/O happens on the thread that runs Run().
#ifndef LULL_WORKER_WORKER_H_
#define LULL_WORKER_WORKER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "proto/worker_service.pb.h"
#include "worker/call_plan.h"
#include "worker/event_loop.h"
#include "worker/held_leases.h"
#include "worker/http_client.h"
#include "worker/lease_keeper.h"
#include "worker/lease_poller.h"
#include "worker/progress_reporter.h"
#include "worker/queue_client.h"
#include "worker/reporter.h"
#include "worker/worker_metrics.h"

namespace lull {

struct WorkerOptions {
  std::string worker_id;
  std::string version;
  int max_in_flight = 64;  // leases held at the same time
  int lease_polls = 2;
  int64_t max_lease_bytes = 8 << 20;
  std::vector<std::string> tags;
};

class Worker {
 public:
  // `http` takes at least `max_in_flight` calls. `clock` and `metrics` outlive the worker.
  Worker(const WorkerOptions& options, CallRules rules, std::unique_ptr<QueueClient> queue,
         std::unique_ptr<HttpClient> http, const Clock& clock, WorkerMetrics& metrics);
  // After Run has returned, if it was called.
  ~Worker();

  // Works until a drain is complete: no lease is held, or the time is over.
  void Run();

  // Takes no more jobs and lets the calls under way end. After `grace` it breaks them off and gives
  // their reports a few seconds more; absl::InfiniteDuration() waits for all. From any thread; a
  // later call can only shorten the time.
  void Drain(absl::Duration grace);

 private:
  void TakeJobs(const v1::LeaseJobsResponse& response);
  void TakeJob(const v1::LeasedJob& job);
  void BeginCall(const std::string& token, const v1::LeasedJob& job, HttpCall call);
  void EndCall(const std::string& token, HttpAnswer answer);
  void Report(const std::string& token, v1::AttemptResult result);
  void GiveBack(const std::string& token);
  void Forget(const std::string& token);
  void Lose(const std::string& token);
  void Cancel(const std::string& token);
  void BeginDrain(absl::Duration grace);
  void BreakOffCalls();
  void StopIfDrained();

  const WorkerOptions options_;
  const CallRules rules_;
  WorkerMetrics& metrics_;
  EventLoop loop_;
  std::unique_ptr<QueueClient> queue_;
  std::unique_ptr<HttpClient> http_;
  HeldLeases held_;
  LeasePoller poller_;
  LeaseKeeper keeper_;
  Reporter reporter_;
  ProgressReporter progress_;
  uint64_t last_call_id_ = 0;
  int calls_ = 0;  // with the HTTP client
  bool draining_ = false;
  bool breaking_off_ = false;
};

}  // namespace lull

#endif  // LULL_WORKER_WORKER_H_
