// A WorkerService over real gRPC on a port of its own, whose every answer a test decides. Keeps
// what it was told over a Stop and Restart, as a server keeps its store.
#ifndef LULL_TESTS_WORKER_FAKE_QUEUE_H_
#define LULL_TESTS_WORKER_FAKE_QUEUE_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "proto/worker_service.pb.h"

namespace lull {

// Everything a worker has sent so far.
struct HeardFromWorker {
  std::vector<v1::LeaseJobsRequest> polls;
  std::vector<v1::RenewLeasesRequest> renewals;
  std::vector<v1::AttemptResult> results;  // in the order of arrival, repeated ones included
  std::vector<std::string> released;       // tokens
  std::vector<v1::ReportProgressRequest> progress;
  std::vector<std::string> authorizations;  // of each call
  int jobs_leased = 0;
  int polls_waiting = 0;
};

class FakeQueue {
 public:
  FakeQueue();
  ~FakeQueue();

  const std::string& address() const { return address_; }
  void Stop();
  // On the same address.
  void Restart();

  void AddJob(v1::LeasedJob job);
  // What renewals, resp. reports say of a token from now on; OK and ACCEPTED otherwise.
  void SetLeaseStatus(const std::string& token, v1::LeaseStatus status);
  void SetReportStatus(const std::string& token, v1::ReportStatus status);
  // The next FinishAttempts calls are heard, and fail.
  void FailFinishes(int count, absl::StatusCode code);
  // From now on output is heard and refused.
  void FailProgress();
  // Output that arrives waits until the test calls this again with false.
  void HoldProgress(bool hold);
  void SetLeaseSeconds(int seconds);
  void SetDrain();

  HeardFromWorker heard() const;
  // Waits until what was heard fulfils the condition, and returns it.
  template <typename Condition>
  HeardFromWorker WaitUntil(Condition condition) const {
    MutexLock lock(mutex_);
    while (!condition(heard_)) changed_.Wait(mutex_);
    return heard_;
  }

 private:
  class Service;
  class Listener;

  std::string address_;
  const std::unique_ptr<Service> service_;
  std::unique_ptr<Listener> listener_;

  mutable Mutex mutex_;
  mutable CondVar changed_;
  HeardFromWorker heard_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::LeasedJob> jobs_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::LeaseStatus> lease_statuses_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::ReportStatus> report_statuses_ ABSL_GUARDED_BY(mutex_);
  int finishes_to_fail_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::StatusCode finish_code_ ABSL_GUARDED_BY(mutex_) = absl::StatusCode::kUnavailable;
  bool fail_progress_ ABSL_GUARDED_BY(mutex_) = false;
  bool hold_progress_ ABSL_GUARDED_BY(mutex_) = false;
  int lease_seconds_ ABSL_GUARDED_BY(mutex_) = 30;
  bool drain_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace lull

#endif  // LULL_TESTS_WORKER_FAKE_QUEUE_H_
