// A worker that makes no calls: it takes jobs many at a time and reports at once what came of them.
// Most succeed; some fail once and are tried again; which ones follows from the job alone.
#ifndef LULL_TESTS_INTEGRATION_FAST_WORKER_H_
#define LULL_TESTS_INTEGRATION_FAST_WORKER_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "proto/worker_service.pb.h"
#include "tests/testing/lull_client.h"

namespace lull {

class FastWorker {
 public:
  FastWorker(const std::string& address, const std::string& worker_id,
             const std::string& credential);
  // As Stop().
  ~FastWorker();
  // After the reports that it owes, for which a server has to run.
  void Stop();

  int64_t accepted() const { return accepted_; }  // reports of success

 private:
  void Run();
  void Report(const v1::LeaseJobsResponse& leased);

  LullClient client_;
  const std::string worker_id_;
  const std::string credential_;
  std::atomic<int64_t> accepted_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_FAST_WORKER_H_
