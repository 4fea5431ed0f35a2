// A worker that takes jobs, falls silent, and reports an answer long after the job was given to
// another: the stale results that a run must contain, or else its check of fencing proves nothing.
#ifndef LULL_TESTS_INTEGRATION_STALLED_WORKER_H_
#define LULL_TESTS_INTEGRATION_STALLED_WORKER_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "proto/worker_service.pb.h"
#include "tests/testing/lull_client.h"

namespace lull {

class StalledWorker {
 public:
  // Stands in every answer that it reports.
  static constexpr char kPoison[] = "poison of a stalled worker";

  struct Counts {
    std::atomic<int64_t> leased{0};
    std::atomic<int64_t> stale{0};     // late answers that were turned away
    std::atomic<int64_t> accepted{0};  // late answers that were taken: must stay 0
    std::atomic<int64_t> too_slow{0};  // leases whose job was given to nobody else in time
  };

  StalledWorker(const std::string& address, const std::string& credential);
  // As Stop().
  ~StalledWorker();
  // After the reports that it owes.
  void Stop();
  const Counts& counts() const { return counts_; }

 private:
  void Run();
  bool AwaitSuccessor(const v1::LeasedJob& job);
  void ReportLate(const v1::LeasedJob& job);

  LullClient client_;
  const std::string credential_;
  Counts counts_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_STALLED_WORKER_H_
