// The calls of the server's API that the commands make.
#ifndef LULL_TOOLS_LULL_CLIENT_H_
#define LULL_TOOLS_LULL_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/job_service.pb.h"

namespace lull {

// The payload of a failed call's status that holds its google.rpc.Status, serialised, if the server
// sent one.
inline constexpr char kErrorDetailsPayload[] = "type.googleapis.com/google.rpc.Status";

// A connection that is made, and made again, when a call needs it. Each call is made once, waits
// for its answer at most `timeout`, and fails with what the server said, with UNAVAILABLE when it
// cannot be reached, DEADLINE_EXCEEDED when `timeout` is over, and CANCELLED after Cancel().
// Messages of UNAVAILABLE and DEADLINE_EXCEEDED name the address. Called from any thread.
class Client {
 public:
  // `address` is "HOST:PORT" or "unix:/PATH".
  explicit Client(const std::string& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  absl::StatusOr<v1::Job> CreateJob(const v1::CreateJobRequest& request, absl::Duration timeout);
  absl::StatusOr<v1::BatchCreateJobsResponse> BatchCreateJobs(
      const v1::BatchCreateJobsRequest& request, absl::Duration timeout);
  absl::StatusOr<v1::Job> GetJob(const v1::GetJobRequest& request, absl::Duration timeout);
  absl::StatusOr<v1::BatchGetJobsResponse> BatchGetJobs(const v1::BatchGetJobsRequest& request,
                                                        absl::Duration timeout);
  absl::StatusOr<v1::Job> WaitJob(const v1::WaitJobRequest& request, absl::Duration timeout);
  absl::StatusOr<v1::Job> CancelJob(const v1::CancelJobRequest& request, absl::Duration timeout);

  // Ends the calls under way; later ones fail at once.
  void Cancel();

  const std::string& address() const { return address_; }

 private:
  class Calls;

  const std::string address_;
  const std::unique_ptr<Calls> calls_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_CLIENT_H_
