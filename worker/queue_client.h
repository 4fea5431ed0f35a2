// The worker's end of the server's WorkerService: one gRPC channel, asynchronous calls.
//
// Every `done` runs exactly once, on a thread of gRPC, and must not block. A call is made once;
// repeating it is the caller's business. A broken connection is made anew within about a second of
// the server being there again.
#ifndef LULL_WORKER_QUEUE_CLIENT_H_
#define LULL_WORKER_QUEUE_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/worker_service.pb.h"
#include "worker/secret.h"

namespace lull {

// Of one message, either way; the server's own bound is the same.
inline constexpr int kRpcBytesMax = 32 << 20;

struct QueueClientOptions {
  std::string address;  // "HOST:PORT" or "unix:/PATH"
  // PEM texts. TLS is spoken if there is an authority; certificate and key are for mutual TLS.
  std::string ca_pem;
  std::string certificate_pem;
  Secret key_pem;
  Secret token;  // bearer token; empty: none
};

class QueueClient {
 public:
  template <typename Response>
  using Done = std::function<void(absl::StatusOr<Response> response)>;

  explicit QueueClient(const QueueClientOptions& options);
  // Cancels what is under way and waits for every `done`.
  ~QueueClient();

  QueueClient(const QueueClient&) = delete;
  QueueClient& operator=(const QueueClient&) = delete;

  // From any thread. `timeout` is real time; after it the call fails with DEADLINE_EXCEEDED.
  void LeaseJobs(std::shared_ptr<const v1::LeaseJobsRequest> request, absl::Duration timeout,
                 Done<v1::LeaseJobsResponse> done);
  void RenewLeases(std::shared_ptr<const v1::RenewLeasesRequest> request, absl::Duration timeout,
                   Done<v1::RenewLeasesResponse> done);
  void FinishAttempts(std::shared_ptr<const v1::FinishAttemptsRequest> request,
                      absl::Duration timeout, Done<v1::FinishAttemptsResponse> done);
  void ReleaseLeases(std::shared_ptr<const v1::ReleaseLeasesRequest> request,
                     absl::Duration timeout, Done<v1::ReleaseLeasesResponse> done);

  void ReportProgress(std::shared_ptr<const v1::ReportProgressRequest> request,
                      absl::Duration timeout, Done<v1::ReportProgressResponse> done);

  // Ends every LeaseJobs under way with CANCELLED, unless its answer has arrived.
  void CancelPolls();

 private:
  class Channel;
  const std::unique_ptr<Channel> channel_;
};

}  // namespace lull

#endif  // LULL_WORKER_QUEUE_CLIENT_H_
