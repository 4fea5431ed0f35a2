#include "worker/queue_client.h"

#include <grpc/support/time.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "proto/worker_service.grpc.pb.h"

namespace lull {
namespace {

// A server that restarts is found again about as fast as it starts.
constexpr int kReconnectMillisecondsMin = 100;
constexpr int kReconnectMillisecondsMax = 1000;
constexpr int kConnectMillisecondsMax = 5000;
// Longer than a parked poll, so that no ping is sent over a connection that works; shorter than
// anything else that would notice a server whose machine is gone.
constexpr int kPingMilliseconds = 30'000;
constexpr int kPingAnswerMilliseconds = 10'000;

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kRpcBytesMax);
  arguments.SetMaxSendMessageSize(kRpcBytesMax);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMillisecondsMin);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMillisecondsMax);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMillisecondsMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingMilliseconds);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingAnswerMilliseconds);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // The proxies of the environment are for upstreams.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Two clients of one process do not share a connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const QueueClientOptions& options) {
  if (options.ca_pem.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = options.ca_pem;
  ssl.pem_cert_chain = options.certificate_pem;
  ssl.pem_private_key = std::string(options.key_pem.Reveal());
  return grpc::SslCredentials(ssl);
}

// gRPC's codes and absl's are the same numbers.
absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace

class QueueClient::Channel {
 public:
  explicit Channel(const QueueClientOptions& options)
      : token_(options.token),
        stub_(v1::WorkerService::NewStub(
            grpc::CreateCustomChannel(options.address, Credentials(options), Arguments()))) {}

  ~Channel() {
    MutexLock lock(mutex_);
    for (grpc::ClientContext* context : calls_) context->TryCancel();
    while (under_way_ > 0) ended_.Wait(mutex_);
  }

  // `start` is the stub's method.
  template <typename Request, typename Response, typename Start>
  void Begin(std::shared_ptr<const Request> request, absl::Duration timeout, bool is_poll,
             QueueClient::Done<Response> done, Start start) {
    struct Call {
      grpc::ClientContext context;
      std::shared_ptr<const Request> request;
      Response response;
      QueueClient::Done<Response> done;
    };
    auto call = std::make_unique<Call>();
    call->request = std::move(request);
    call->done = std::move(done);
    call->context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                     gpr_time_from_millis(absl::ToInt64Milliseconds(timeout), GPR_TIMESPAN)));
    if (!token_.empty()) {
      call->context.AddMetadata("authorization", absl::StrCat("Bearer ", token_.Reveal()));
    }
    Call* const raw = call.release();
    {
      MutexLock lock(mutex_);
      ++under_way_;
      calls_.insert(&raw->context);
      if (is_poll) polls_.insert(&raw->context);
    }
    start(*stub_->async(), &raw->context, raw->request.get(), &raw->response,
          [this, raw](const grpc::Status& status) {
            std::unique_ptr<Call> call(raw);
            Forget(&call->context);
            if (status.ok()) {
              call->done(std::move(call->response));
            } else {
              call->done(FromGrpc(status));
            }
            // The context holds the channel. If it were the last to do so, the channel would end on
            // this thread of gRPC's, which would then wait for itself.
            call.reset();
            MutexLock lock(mutex_);
            if (--under_way_ == 0) ended_.SignalAll();
          });
  }

  void CancelPolls() {
    MutexLock lock(mutex_);
    for (grpc::ClientContext* context : polls_) context->TryCancel();
  }

 private:
  using Contexts = absl::flat_hash_set<grpc::ClientContext*>;

  void Forget(grpc::ClientContext* call) {
    MutexLock lock(mutex_);
    calls_.erase(call);
    polls_.erase(call);
  }

  const Secret token_;
  const std::unique_ptr<v1::WorkerService::Stub> stub_;
  Mutex mutex_;
  CondVar ended_;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;  // calls whose `done` has not returned
  Contexts calls_ ABSL_GUARDED_BY(mutex_);     // those that may still be cancelled
  Contexts polls_ ABSL_GUARDED_BY(mutex_);     // those of LeaseJobs among them
};

QueueClient::QueueClient(const QueueClientOptions& options)
    : channel_(std::make_unique<Channel>(options)) {}

QueueClient::~QueueClient() = default;

void QueueClient::LeaseJobs(std::shared_ptr<const v1::LeaseJobsRequest> request,
                            absl::Duration timeout, Done<v1::LeaseJobsResponse> done) {
  channel_->Begin<v1::LeaseJobsRequest, v1::LeaseJobsResponse>(
      std::move(request), timeout, true, std::move(done),
      [](auto& stub, auto... arguments) { stub.LeaseJobs(arguments...); });
}

void QueueClient::RenewLeases(std::shared_ptr<const v1::RenewLeasesRequest> request,
                              absl::Duration timeout, Done<v1::RenewLeasesResponse> done) {
  channel_->Begin<v1::RenewLeasesRequest, v1::RenewLeasesResponse>(
      std::move(request), timeout, false, std::move(done),
      [](auto& stub, auto... arguments) { stub.RenewLeases(arguments...); });
}

void QueueClient::FinishAttempts(std::shared_ptr<const v1::FinishAttemptsRequest> request,
                                 absl::Duration timeout, Done<v1::FinishAttemptsResponse> done) {
  channel_->Begin<v1::FinishAttemptsRequest, v1::FinishAttemptsResponse>(
      std::move(request), timeout, false, std::move(done),
      [](auto& stub, auto... arguments) { stub.FinishAttempts(arguments...); });
}

void QueueClient::ReleaseLeases(std::shared_ptr<const v1::ReleaseLeasesRequest> request,
                                absl::Duration timeout, Done<v1::ReleaseLeasesResponse> done) {
  channel_->Begin<v1::ReleaseLeasesRequest, v1::ReleaseLeasesResponse>(
      std::move(request), timeout, false, std::move(done),
      [](auto& stub, auto... arguments) { stub.ReleaseLeases(arguments...); });
}

void QueueClient::ReportProgress(std::shared_ptr<const v1::ReportProgressRequest> request,
                                 absl::Duration timeout, Done<v1::ReportProgressResponse> done) {
  channel_->Begin<v1::ReportProgressRequest, v1::ReportProgressResponse>(
      std::move(request), timeout, false, std::move(done),
      [](auto& stub, auto... arguments) { stub.ReportProgress(arguments...); });
}

void QueueClient::CancelPolls() { channel_->CancelPolls(); }

}  // namespace lull
