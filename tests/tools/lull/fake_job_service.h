// A server of JobService that does what a test tells it, over real gRPC.
#ifndef LULL_TESTS_TOOLS_LULL_FAKE_JOB_SERVICE_H_
#define LULL_TESTS_TOOLS_LULL_FAKE_JOB_SERVICE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "proto/job_service.pb.h"

namespace grpc {
class Server;
}  // namespace grpc

namespace lull {

// Keeps jobs over Stop() and Start(), like a server with a store. Request ids work as the API says.
// Called from any thread.
class FakeJobService {
 public:
  FakeJobService();
  ~FakeJobService();
  FakeJobService(const FakeJobService&) = delete;
  FakeJobService& operator=(const FakeJobService&) = delete;

  // Always on the same port.
  void Start();
  void Stop();
  // "127.0.0.1:PORT"
  const std::string& address() const { return address_; }

  // How a job ends; called once for each job that is to end. At first: SUCCEEDED, with a body that
  // holds the request's.
  void SetEnd(std::function<void(v1::Job& job)> end);
  // How often a job is looked at before it ends. At first 1.
  void SetLooksBeforeEnd(int looks);
  // Jobs whose body contains `text` are refused as invalid.
  void RefuseBodiesWith(const std::string& text);
  // The next calls that create jobs do so and then fail as if nobody knew.
  void LoseNextCreateReplies(int count);
  // The next calls that create jobs are refused: the queue is full.
  void FillQueueForNextCreates(int count);
  // The job is gone, with its request id.
  void Forget(const std::string& job_id);
  // Bodies of one reply beyond the first come without, as when a reply has no room.
  void SetRoomForOneBody(bool one_body);

  int64_t jobs_made() const;
  void WaitForJobs(int64_t count) const;
  int64_t calls() const;
  // The most jobs that had not ended at the same time.
  int64_t live_jobs_max() const;
  std::vector<v1::Job> Jobs() const;

 private:
  class Service;
  class State;

  const std::unique_ptr<State> state_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::string address_;
};

}  // namespace lull

#endif  // LULL_TESTS_TOOLS_LULL_FAKE_JOB_SERVICE_H_
