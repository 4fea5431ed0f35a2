#include "tests/testing/lull_client.h"

#include <chrono>
#include <utility>

#include "base/clock.h"
#include "grpcpp/grpcpp.h"
#include "proto/admin_service.grpc.pb.h"
#include "proto/job_service.grpc.pb.h"
#include "proto/worker_service.grpc.pb.h"

namespace lull {
namespace {

constexpr int kMessageBytesMax = 32 << 20;

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  // Clients of one test do not share a connection, nor what happens to it.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

template <typename Reply, typename Stub, typename Request>
absl::StatusOr<Reply> Ask(Stub& stub,
                          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                       Reply*),
                          const Request& request, absl::Duration timeout = LullClient::kTimeout) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(SystemClock().WallNow() + timeout));
  Reply reply;
  const grpc::Status status = (stub.*method)(&context, request, &reply);
  if (status.ok()) return reply;
  return ToStatus(status);
}

}  // namespace

struct LullClient::Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : jobs(channel), workers(channel), admin(channel) {}
  v1::JobService::Stub jobs;
  v1::WorkerService::Stub workers;
  v1::AdminService::Stub admin;
};

LullClient::LullClient(const std::string& address)
    : stubs_(std::make_unique<Stubs>(Connect(address))) {}
LullClient::~LullClient() = default;

absl::StatusOr<v1::Job> LullClient::CreateJob(const v1::CreateJobRequest& request) {
  return Ask<v1::Job>(stubs_->jobs, &v1::JobService::Stub::CreateJob, request);
}

absl::StatusOr<v1::BatchCreateJobsResponse> LullClient::BatchCreateJobs(
    const v1::BatchCreateJobsRequest& request) {
  return Ask<v1::BatchCreateJobsResponse>(stubs_->jobs, &v1::JobService::Stub::BatchCreateJobs,
                                          request);
}

absl::Status LullClient::SubmitJobs(const std::vector<v1::CreateJobRequest>& requests,
                                    const std::function<void(const v1::SubmitResult&)>& on_result) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(SystemClock().WallNow() + kTimeout));
  const auto stream = stubs_->jobs.SubmitJobs(&context);
  v1::SubmitJobsRequest message;
  message.mutable_requests()->Add(requests.begin(), requests.end());
  stream->Write(message);
  stream->WritesDone();
  for (v1::SubmitJobsResponse response; stream->Read(&response);) {
    for (const v1::SubmitResult& result : response.results()) on_result(result);
  }
  return ToStatus(stream->Finish());
}

absl::StatusOr<v1::Job> LullClient::GetJob(const std::string& id, v1::JobView view) {
  v1::GetJobRequest request;
  request.set_job_id(id);
  request.set_view(view);
  return Ask<v1::Job>(stubs_->jobs, &v1::JobService::Stub::GetJob, request);
}

absl::StatusOr<v1::ListJobsResponse> LullClient::ListJobs(const std::string& filter) {
  v1::ListJobsRequest request;
  request.set_filter(filter);
  return Ask<v1::ListJobsResponse>(stubs_->jobs, &v1::JobService::Stub::ListJobs, request);
}

absl::StatusOr<v1::BatchGetJobsResponse> LullClient::BatchGetJobs(
    const std::vector<std::string>& ids, v1::JobView view) {
  v1::BatchGetJobsRequest request;
  request.mutable_job_ids()->Add(ids.begin(), ids.end());
  request.set_view(view);
  return Ask<v1::BatchGetJobsResponse>(stubs_->jobs, &v1::JobService::Stub::BatchGetJobs, request);
}

absl::StatusOr<v1::Job> LullClient::WaitJob(const std::string& id, absl::Duration timeout) {
  v1::WaitJobRequest request;
  request.set_job_id(id);
  request.mutable_timeout()->set_seconds(absl::ToInt64Seconds(timeout));
  return Ask<v1::Job>(stubs_->jobs, &v1::JobService::Stub::WaitJob, request, timeout + kTimeout);
}

absl::StatusOr<v1::Job> LullClient::CancelJob(const std::string& id) {
  v1::CancelJobRequest request;
  request.set_job_id(id);
  return Ask<v1::Job>(stubs_->jobs, &v1::JobService::Stub::CancelJob, request);
}

absl::StatusOr<v1::CancelJobsResponse> LullClient::CancelJobs(const std::vector<std::string>& ids) {
  v1::CancelJobsRequest request;
  request.mutable_jobs()->mutable_job_ids()->Add(ids.begin(), ids.end());
  return Ask<v1::CancelJobsResponse>(stubs_->jobs, &v1::JobService::Stub::CancelJobs, request);
}

absl::StatusOr<v1::Job> LullClient::RetryJob(const std::string& id, const std::string& request_id) {
  v1::RetryJobRequest request;
  request.set_job_id(id);
  request.set_request_id(request_id);
  return Ask<v1::Job>(stubs_->jobs, &v1::JobService::Stub::RetryJob, request);
}

absl::StatusOr<v1::Job> LullClient::SetPriority(const std::string& id, int priority) {
  v1::UpdateJobRequest request;
  request.mutable_job()->set_id(id);
  request.mutable_job()->set_priority(priority);
  request.mutable_update_mask()->add_paths("priority");
  return Ask<v1::Job>(stubs_->jobs, &v1::JobService::Stub::UpdateJob, request);
}

absl::Status LullClient::DeleteJob(const std::string& id) {
  v1::DeleteJobRequest request;
  request.set_job_id(id);
  return Ask<google::protobuf::Empty>(stubs_->jobs, &v1::JobService::Stub::DeleteJob, request)
      .status();
}

absl::StatusOr<v1::LeaseJobsResponse> LullClient::LeaseJobs(const v1::LeaseJobsRequest& request) {
  return Ask<v1::LeaseJobsResponse>(stubs_->workers, &v1::WorkerService::Stub::LeaseJobs, request);
}

absl::StatusOr<v1::FinishAttemptsResponse> LullClient::FinishAttempts(
    const v1::FinishAttemptsRequest& request) {
  return Ask<v1::FinishAttemptsResponse>(stubs_->workers, &v1::WorkerService::Stub::FinishAttempts,
                                         request);
}

absl::StatusOr<v1::Overview> LullClient::GetOverview() {
  return Ask<v1::Overview>(stubs_->admin, &v1::AdminService::Stub::GetOverview,
                           v1::GetOverviewRequest());
}

}  // namespace lull
