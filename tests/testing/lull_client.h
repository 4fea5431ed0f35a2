// What tests ask a running server over gRPC, without gRPC's headers. A thin client: one call each,
// no retries; errors are the server's own, or UNAVAILABLE and DEADLINE_EXCEEDED where it did not
// answer.
//
// Called from any thread. Connects again by itself within a fraction of a second after the server
// is back.
#ifndef LULL_TESTS_TESTING_LULL_CLIENT_H_
#define LULL_TESTS_TESTING_LULL_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/admin_service.pb.h"
#include "proto/job.pb.h"
#include "proto/job_service.pb.h"
#include "proto/worker_service.pb.h"

namespace lull {

class LullClient {
 public:
  static constexpr absl::Duration kTimeout = absl::Seconds(20);

  // `address`: "HOST:PORT".
  explicit LullClient(const std::string& address);
  ~LullClient();

  absl::StatusOr<v1::Job> CreateJob(const v1::CreateJobRequest& request);
  absl::StatusOr<v1::BatchCreateJobsResponse> BatchCreateJobs(
      const v1::BatchCreateJobsRequest& request);
  // Sends them over one stream and hands each result on as it comes. OK: the stream has ended in
  // order, which answers every request.
  absl::Status SubmitJobs(const std::vector<v1::CreateJobRequest>& requests,
                          const std::function<void(const v1::SubmitResult&)>& on_result);
  absl::StatusOr<v1::Job> GetJob(const std::string& id, v1::JobView view = v1::JOB_VIEW_FULL);
  // At most 1,000.
  absl::StatusOr<v1::BatchGetJobsResponse> BatchGetJobs(const std::vector<std::string>& ids,
                                                        v1::JobView view = v1::JOB_VIEW_BASIC);
  // The first page.
  absl::StatusOr<v1::ListJobsResponse> ListJobs(const std::string& filter);
  absl::StatusOr<v1::Job> WaitJob(const std::string& id, absl::Duration timeout);
  absl::StatusOr<v1::Job> CancelJob(const std::string& id);
  absl::StatusOr<v1::CancelJobsResponse> CancelJobs(const std::vector<std::string>& ids);
  absl::StatusOr<v1::Job> RetryJob(const std::string& id, const std::string& request_id);
  absl::StatusOr<v1::Job> SetPriority(const std::string& id, int priority);
  absl::Status DeleteJob(const std::string& id);

  absl::StatusOr<v1::LeaseJobsResponse> LeaseJobs(const v1::LeaseJobsRequest& request);
  absl::StatusOr<v1::FinishAttemptsResponse> FinishAttempts(
      const v1::FinishAttemptsRequest& request);

  absl::StatusOr<v1::Overview> GetOverview();

 private:
  struct Stubs;
  const std::unique_ptr<Stubs> stubs_;
};

}  // namespace lull

#endif  // LULL_TESTS_TESTING_LULL_CLIENT_H_
