#include "tools/lull/client.h"

#include <grpcpp/grpcpp.h>

#include <set>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "proto/job_service.grpc.pb.h"

namespace lull {
namespace {

// The server's own limit.
constexpr int kMessageBytesMax = 32 * 1024 * 1024;

bool IsLocal(absl::string_view address) {
  return absl::StartsWith(address, "unix:") || absl::StartsWith(address, "127.") ||
         absl::StartsWith(address, "localhost:") || absl::StartsWith(address, "[::1]:");
}

grpc::ChannelArguments ArgumentsFor(absl::string_view address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  // A server that restarts is back within a second or two: do not wait longer before looking again.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // The commands decide what is repeated, since they know what is safe to repeat.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // A proxy for the web cannot reach this machine's own loopback interface.
  if (IsLocal(address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

absl::Status ToStatus(const grpc::Status& status, absl::string_view address) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  // Without details the error is not the server's word but gRPC's, and says little.
  const bool from_server = !status.error_details().empty();
  std::string message = status.error_message();
  if (code == absl::StatusCode::kUnavailable && !from_server) {
    message = absl::StrCat("no server answers at ", address, " (", message, ")");
  } else if (code == absl::StatusCode::kDeadlineExceeded && !from_server) {
    message = absl::StrCat("the server at ", address, " did not answer in time");
  }
  absl::Status result(code, message);
  if (from_server) result.SetPayload(kErrorDetailsPayload, absl::Cord(status.error_details()));
  return result;
}

}  // namespace

class Client::Calls {
 public:
  explicit Calls(const std::string& address)
      : stub_(v1::JobService::NewStub(grpc::CreateCustomChannel(
            address, grpc::InsecureChannelCredentials(), ArgumentsFor(address)))) {}

  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Call(grpc::Status (v1::JobService::Stub::*method)(grpc::ClientContext*,
                                                                          const Request&, Reply*),
                             const Request& request, absl::Duration timeout,
                             absl::string_view address) {
    grpc::ClientContext context;
    context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                     gpr_time_from_millis(absl::ToInt64Milliseconds(timeout), GPR_TIMESPAN)));
    if (!Begin(&context)) return absl::CancelledError("stopped");
    Reply reply;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &reply);
    End(&context);
    if (!status.ok()) return ToStatus(status, address);
    return reply;
  }

  void Cancel() {
    MutexLock lock(mutex_);
    cancelled_ = true;
    for (grpc::ClientContext* context : under_way_) context->TryCancel();
  }

 private:
  bool Begin(grpc::ClientContext* context) {
    MutexLock lock(mutex_);
    if (!cancelled_) under_way_.insert(context);
    return !cancelled_;
  }

  void End(grpc::ClientContext* context) {
    MutexLock lock(mutex_);
    under_way_.erase(context);
  }

  const std::unique_ptr<v1::JobService::Stub> stub_;
  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<grpc::ClientContext*> under_way_ ABSL_GUARDED_BY(mutex_);
};

Client::Client(const std::string& address)
    : address_(address), calls_(std::make_unique<Calls>(address)) {}
Client::~Client() = default;

absl::StatusOr<v1::Job> Client::CreateJob(const v1::CreateJobRequest& request,
                                          absl::Duration timeout) {
  return calls_->Call(&v1::JobService::Stub::CreateJob, request, timeout, address_);
}

absl::StatusOr<v1::BatchCreateJobsResponse> Client::BatchCreateJobs(
    const v1::BatchCreateJobsRequest& request, absl::Duration timeout) {
  return calls_->Call(&v1::JobService::Stub::BatchCreateJobs, request, timeout, address_);
}

absl::StatusOr<v1::Job> Client::GetJob(const v1::GetJobRequest& request, absl::Duration timeout) {
  return calls_->Call(&v1::JobService::Stub::GetJob, request, timeout, address_);
}

absl::StatusOr<v1::BatchGetJobsResponse> Client::BatchGetJobs(
    const v1::BatchGetJobsRequest& request, absl::Duration timeout) {
  return calls_->Call(&v1::JobService::Stub::BatchGetJobs, request, timeout, address_);
}

absl::StatusOr<v1::Job> Client::WaitJob(const v1::WaitJobRequest& request, absl::Duration timeout) {
  return calls_->Call(&v1::JobService::Stub::WaitJob, request, timeout, address_);
}

absl::StatusOr<v1::Job> Client::CancelJob(const v1::CancelJobRequest& request,
                                          absl::Duration timeout) {
  return calls_->Call(&v1::JobService::Stub::CancelJob, request, timeout, address_);
}

void Client::Cancel() { calls_->Cancel(); }

}  // namespace lull
