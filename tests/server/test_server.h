// A whole server in the test's own process: real store, real gRPC and HTTP on ports of its own, and
// a clock that the test moves.
#ifndef LULL_TESTS_SERVER_TEST_SERVER_H_
#define LULL_TESTS_SERVER_TEST_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/admin_service.grpc.pb.h"
#include "proto/batch_service.grpc.pb.h"
#include "proto/job_service.grpc.pb.h"
#include "proto/worker_service.grpc.pb.h"
#include "server/server.h"
#include "tests/testing/fake_clock.h"

namespace lull {

// What an RPC gave.
template <typename Reply>
struct Answer {
  grpc::Status status;
  Reply reply;

  bool ok() const { return status.ok(); }
  const Reply* operator->() const { return &reply; }
};

// Of the ErrorInfo in an error's details; "" if there is none.
std::string ReasonOf(const grpc::Status& status);
// The fields of the BadRequest in an error's details.
std::vector<std::string> ViolationsOf(const grpc::Status& status);

class TestServer {
 public:
  // `config` is added to a configuration with an upstream "up" for the models m1 and m2, which
  // needs the credential "key".
  explicit TestServer(const std::string& config = "");

  FakeClock& clock() { return clock_; }
  Server& server() { return *server_; }
  const std::string& data_dir() const { return data_dir_; }

  // Stops the server and starts it again over the same data.
  void Restart();
  // The same, with jobs of another tenant in the data by then. Their ids.
  struct ForeignJobs {
    std::string pending;
    std::string failed;
  };
  ForeignJobs RestartWithForeignJobs();
  // A channel of its own to the server as it is now.
  std::shared_ptr<grpc::Channel> NewChannel() const;
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  v1::JobService::Stub& jobs() { return *jobs_; }
  v1::BatchService::Stub& batches() { return *batches_; }
  v1::WorkerService::Stub& workers() { return *workers_; }
  v1::AdminService::Stub& admin() { return *admin_; }

  template <typename Stub, typename Request, typename Reply>
  static Answer<Reply> Ask(Stub& stub,
                           grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                        Reply*),
                           const Request& request) {
    grpc::ClientContext context;
    SetDeadline(&context, absl::Seconds(30));
    Answer<Reply> answer;
    answer.status = (stub.*method)(&context, request, &answer.reply);
    return answer;
  }
  template <typename Request, typename Reply>
  Answer<Reply> AskJobs(grpc::Status (v1::JobService::Stub::*method)(grpc::ClientContext*,
                                                                     const Request&, Reply*),
                        const Request& request) {
    return Ask(jobs(), method, request);
  }
  static void SetDeadline(grpc::ClientContext* context, absl::Duration timeout);

  // Requests that are right.
  static v1::CreateJobRequest GoodJob(absl::string_view request_id = "");
  static v1::LeaseJobsRequest LeaseRequest(const std::string& worker = "w1");
  static v1::AttemptResult Success(const std::string& token, const std::string& body = "{\"a\":1}");
  static v1::AttemptResult Failure(const std::string& token, v1::Outcome outcome);

  // The RPCs that most tests need.
  Answer<v1::Job> Create(const v1::CreateJobRequest& request);
  v1::Job MustCreate(const v1::CreateJobRequest& request = GoodJob());
  // Jobs that ended like that, with no other that is there to lease.
  v1::Job MustSucceed(const v1::CreateJobRequest& request = GoodJob());
  v1::Job MustFail(const v1::CreateJobRequest& request = GoodJob());
  Answer<v1::Job> Get(const std::string& id, v1::JobView view = v1::JOB_VIEW_UNSPECIFIED);
  Answer<v1::Job> Wait(const std::string& id, absl::Duration timeout);
  Answer<v1::Job> Cancel(const std::string& id);
  Answer<v1::LeaseJobsResponse> Lease(const v1::LeaseJobsRequest& request);
  // That many jobs, oldest first. Their ids.
  std::vector<std::string> MustCreateMany(int count, const v1::CreateJobRequest& like = GoodJob());
  // The one job that is there to lease.
  v1::LeasedJob MustLease(const std::string& worker = "w1");
  Answer<v1::FinishAttemptsResponse> Finish(const v1::AttemptResult& result);
  Answer<v1::RenewLeasesResponse> Renew(const std::vector<std::string>& tokens,
                                        const std::string& worker = "w1");
  Answer<v1::ReleaseLeasesResponse> Release(const std::vector<std::string>& tokens);

 private:
  void Start();

  const std::string data_dir_;
  const std::string config_;
  FakeClock clock_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::JobService::Stub> jobs_;
  std::unique_ptr<v1::BatchService::Stub> batches_;
  std::unique_ptr<v1::WorkerService::Stub> workers_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
};

}  // namespace lull

#endif  // LULL_TESTS_SERVER_TEST_SERVER_H_
