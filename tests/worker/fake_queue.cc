#include "tests/worker/fake_queue.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/worker_service.grpc.pb.h"

namespace lull {

class FakeQueue::Service final : public v1::WorkerService::Service {
 public:
  explicit Service(FakeQueue& queue) : queue_(queue) {}

  grpc::Status LeaseJobs(grpc::ServerContext* context, const v1::LeaseJobsRequest* request,
                         v1::LeaseJobsResponse* response) override {
    MutexLock lock(queue_.mutex_);
    Hear(*context);
    queue_.heard_.polls.push_back(*request);
    ++queue_.heard_.polls_waiting;
    queue_.changed_.SignalAll();
    while (queue_.jobs_.empty() && !context->IsCancelled()) {
      queue_.changed_.WaitFor(queue_.mutex_, absl::Milliseconds(5));
    }
    --queue_.heard_.polls_waiting;
    queue_.changed_.SignalAll();
    if (context->IsCancelled()) return grpc::Status::CANCELLED;
    while (!queue_.jobs_.empty() && response->jobs_size() < request->max_jobs()) {
      *response->add_jobs() = std::move(queue_.jobs_.front());
      queue_.jobs_.pop_front();
      ++queue_.heard_.jobs_leased;
    }
    return grpc::Status::OK;
  }

  grpc::Status RenewLeases(grpc::ServerContext* context, const v1::RenewLeasesRequest* request,
                           v1::RenewLeasesResponse* response) override {
    MutexLock lock(queue_.mutex_);
    Hear(*context);
    queue_.heard_.renewals.push_back(*request);
    for (const std::string& token : request->lease_tokens()) {
      const auto found = queue_.lease_statuses_.find(token);
      response->add_statuses(found == queue_.lease_statuses_.end() ? v1::LEASE_STATUS_OK
                                                                   : found->second);
    }
    response->mutable_lease_duration()->set_seconds(queue_.lease_seconds_);
    response->set_drain(queue_.drain_);
    queue_.changed_.SignalAll();
    return grpc::Status::OK;
  }

  grpc::Status FinishAttempts(grpc::ServerContext* context,
                              const v1::FinishAttemptsRequest* request,
                              v1::FinishAttemptsResponse* response) override {
    MutexLock lock(queue_.mutex_);
    Hear(*context);
    for (const v1::AttemptResult& result : request->results()) {
      queue_.heard_.results.push_back(result);
      const auto found = queue_.report_statuses_.find(result.lease_token());
      response->add_results()->set_status(
          found == queue_.report_statuses_.end() ? v1::REPORT_STATUS_ACCEPTED : found->second);
    }
    queue_.changed_.SignalAll();
    if (queue_.finishes_to_fail_ == 0) return grpc::Status::OK;
    --queue_.finishes_to_fail_;
    return grpc::Status(static_cast<grpc::StatusCode>(queue_.finish_code_), "as the test wants it");
  }

  grpc::Status ReleaseLeases(grpc::ServerContext* context, const v1::ReleaseLeasesRequest* request,
                             v1::ReleaseLeasesResponse* response) override {
    MutexLock lock(queue_.mutex_);
    Hear(*context);
    for (const std::string& token : request->lease_tokens()) {
      queue_.heard_.released.push_back(token);
      response->add_results()->set_status(v1::REPORT_STATUS_ACCEPTED);
    }
    queue_.changed_.SignalAll();
    return grpc::Status::OK;
  }

  grpc::Status ReportProgress(grpc::ServerContext* context,
                              const v1::ReportProgressRequest* request,
                              v1::ReportProgressResponse* response) override {
    MutexLock lock(queue_.mutex_);
    Hear(*context);
    queue_.heard_.progress.push_back(*request);
    queue_.changed_.SignalAll();
    while (queue_.hold_progress_ && !context->IsCancelled()) {
      queue_.changed_.WaitFor(queue_.mutex_, absl::Milliseconds(5));
    }
    for (int i = 0; i < request->progress_size(); ++i) response->add_statuses(v1::LEASE_STATUS_OK);
    return queue_.fail_progress_ ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "as the test wants")
                                 : grpc::Status::OK;
  }

 private:
  void Hear(const grpc::ServerContext& context) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_.mutex_) {
    const auto found = context.client_metadata().find("authorization");
    queue_.heard_.authorizations.emplace_back(
        found == context.client_metadata().end()
            ? ""
            : std::string(found->second.data(), found->second.size()));
  }

  FakeQueue& queue_;
};

class FakeQueue::Listener {
 public:
  Listener(const std::string& address, Service* service) {
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(service);
    server_ = builder.BuildAndStart();
  }
  // Cancels what is under way.
  ~Listener() { server_->Shutdown(gpr_inf_past(GPR_CLOCK_MONOTONIC)); }

  int port() const { return port_; }

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

FakeQueue::FakeQueue() : service_(std::make_unique<Service>(*this)) {
  listener_ = std::make_unique<Listener>("127.0.0.1:0", service_.get());
  address_ = absl::StrCat("127.0.0.1:", listener_->port());
}

FakeQueue::~FakeQueue() { Stop(); }

void FakeQueue::Stop() { listener_.reset(); }

void FakeQueue::Restart() { listener_ = std::make_unique<Listener>(address_, service_.get()); }

void FakeQueue::AddJob(v1::LeasedJob job) {
  MutexLock lock(mutex_);
  jobs_.push_back(std::move(job));
  changed_.SignalAll();
}

void FakeQueue::SetLeaseStatus(const std::string& token, v1::LeaseStatus status) {
  MutexLock lock(mutex_);
  lease_statuses_[token] = status;
}

void FakeQueue::SetReportStatus(const std::string& token, v1::ReportStatus status) {
  MutexLock lock(mutex_);
  report_statuses_[token] = status;
}

void FakeQueue::FailFinishes(int count, absl::StatusCode code) {
  MutexLock lock(mutex_);
  finishes_to_fail_ = count;
  finish_code_ = code;
}

void FakeQueue::FailProgress() {
  MutexLock lock(mutex_);
  fail_progress_ = true;
}

void FakeQueue::HoldProgress(bool hold) {
  MutexLock lock(mutex_);
  hold_progress_ = hold;
  changed_.SignalAll();
}

void FakeQueue::SetLeaseSeconds(int seconds) {
  MutexLock lock(mutex_);
  lease_seconds_ = seconds;
}

void FakeQueue::SetDrain() {
  MutexLock lock(mutex_);
  drain_ = true;
}

HeardFromWorker FakeQueue::heard() const {
  MutexLock lock(mutex_);
  return heard_;
}

}  // namespace lull
