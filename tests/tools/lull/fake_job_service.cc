#include "tests/tools/lull/fake_job_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "proto/job_service.grpc.pb.h"

namespace lull {
namespace {

grpc::Status ErrorWith(grpc::StatusCode code, const std::string& message, const std::string& reason,
                       const std::vector<google::protobuf::Any>& details = {}) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("lull");
  status.add_details()->PackFrom(info);
  for (const google::protobuf::Any& detail : details) *status.add_details() = detail;
  return grpc::Status(code, message, status.SerializeAsString());
}

bool IsLive(const v1::Job& job) {
  return job.state() == v1::JOB_STATE_PENDING || job.state() == v1::JOB_STATE_RUNNING;
}

v1::Job Basic(v1::Job job) {
  job.mutable_request()->clear_body();
  if (job.has_response()) job.mutable_response()->clear_body();
  job.clear_attempts();
  return job;
}

void Succeed(v1::Job& job) {
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.mutable_response()->set_http_status(200);
  job.mutable_response()->set_body(absl::StrCat("{\"asked\":", job.request().body(), "}"));
  job.set_dispatch_count(2);
  job.add_attempts()->set_outcome(v1::OUTCOME_BUSY);
  job.add_attempts()->set_outcome(v1::OUTCOME_SUCCEEDED);
  job.mutable_create_time()->set_seconds(100);
  job.mutable_end_time()->set_seconds(103);
}

}  // namespace

class FakeJobService::State {
 public:
  Mutex mutex;
  CondVar job_made;
  std::map<std::string, v1::Job> jobs ABSL_GUARDED_BY(mutex);
  std::map<std::string, std::string> ids_by_request ABSL_GUARDED_BY(mutex);
  std::map<std::string, int> looks ABSL_GUARDED_BY(mutex);
  std::function<void(v1::Job&)> end ABSL_GUARDED_BY(mutex) = Succeed;
  int looks_before_end ABSL_GUARDED_BY(mutex) = 1;
  std::string refused_text ABSL_GUARDED_BY(mutex);
  int lost_replies ABSL_GUARDED_BY(mutex) = 0;
  int full_queues ABSL_GUARDED_BY(mutex) = 0;
  bool one_body ABSL_GUARDED_BY(mutex) = false;
  int64_t jobs_made ABSL_GUARDED_BY(mutex) = 0;
  int64_t calls ABSL_GUARDED_BY(mutex) = 0;
  int64_t live_max ABSL_GUARDED_BY(mutex) = 0;
};

class FakeJobService::Service : public v1::JobService::Service {
 public:
  explicit Service(State& state) : state_(state) {}

  grpc::Status CreateJob(grpc::ServerContext*, const v1::CreateJobRequest* request,
                         v1::Job* response) override {
    v1::BatchCreateJobsRequest batch;
    *batch.add_requests() = *request;
    v1::BatchCreateJobsResponse jobs;
    const grpc::Status status = BatchCreateJobs(nullptr, &batch, &jobs);
    if (status.ok()) *response = jobs.jobs(0);
    return status;
  }

  grpc::Status BatchCreateJobs(grpc::ServerContext*, const v1::BatchCreateJobsRequest* request,
                               v1::BatchCreateJobsResponse* response) override {
    MutexLock lock(state_.mutex);
    ++state_.calls;
    if (state_.full_queues > 0) {
      --state_.full_queues;
      google::rpc::RetryInfo retry;
      retry.mutable_retry_delay()->set_nanos(50'000'000);
      google::protobuf::Any detail;
      detail.PackFrom(retry);
      return ErrorWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue is full", "QUEUE_FULL",
                       {detail});
    }
    if (const grpc::Status refused = Validate(*request); !refused.ok()) return refused;
    for (const v1::CreateJobRequest& one : request->requests()) {
      *response->add_jobs() = Basic(Create(one));
    }
    int64_t live = 0;
    for (const auto& [id, job] : state_.jobs) live += IsLive(job) ? 1 : 0;
    state_.live_max = std::max(state_.live_max, live);
    state_.job_made.SignalAll();
    if (state_.lost_replies > 0) {
      --state_.lost_replies;
      return ErrorWith(grpc::StatusCode::UNAVAILABLE, "the commit failed", "COMMIT_UNKNOWN");
    }
    return grpc::Status::OK;
  }

  grpc::Status GetJob(grpc::ServerContext*, const v1::GetJobRequest* request,
                      v1::Job* response) override {
    MutexLock lock(state_.mutex);
    ++state_.calls;
    const auto found = state_.jobs.find(request->job_id());
    if (found == state_.jobs.end()) {
      return ErrorWith(grpc::StatusCode::NOT_FOUND, "no such job", "JOB_NOT_FOUND");
    }
    *response = found->second;
    return grpc::Status::OK;
  }

  grpc::Status BatchGetJobs(grpc::ServerContext*, const v1::BatchGetJobsRequest* request,
                            v1::BatchGetJobsResponse* response) override {
    MutexLock lock(state_.mutex);
    ++state_.calls;
    const bool full = request->view() == v1::JOB_VIEW_FULL;
    bool room = true;
    for (const std::string& id : request->job_ids()) {
      const auto found = state_.jobs.find(id);
      if (found == state_.jobs.end()) {
        response->add_missing_job_ids(id);
        continue;
      }
      if (!full) Look(found->second);
      *response->add_jobs() = full && room ? found->second : Basic(found->second);
      if (state_.one_body) room = false;
    }
    return grpc::Status::OK;
  }

  grpc::Status WaitJob(grpc::ServerContext* context, const v1::WaitJobRequest* request,
                       v1::Job* response) override {
    v1::GetJobRequest get;
    get.set_job_id(request->job_id());
    {
      MutexLock lock(state_.mutex);
      const auto found = state_.jobs.find(request->job_id());
      if (found != state_.jobs.end()) Look(found->second);
    }
    return GetJob(context, &get, response);
  }

  grpc::Status CancelJob(grpc::ServerContext* context, const v1::CancelJobRequest* request,
                         v1::Job* response) override {
    {
      MutexLock lock(state_.mutex);
      const auto found = state_.jobs.find(request->job_id());
      if (found != state_.jobs.end()) {
        if (!IsLive(found->second)) {
          return ErrorWith(grpc::StatusCode::FAILED_PRECONDITION, "it has ended", "JOB_ENDED");
        }
        found->second.set_state(v1::JOB_STATE_CANCELLED);
      }
    }
    v1::GetJobRequest get;
    get.set_job_id(request->job_id());
    return GetJob(context, &get, response);
  }

 private:
  grpc::Status Validate(const v1::BatchCreateJobsRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_.mutex) {
    google::rpc::BadRequest bad;
    for (int i = 0; i < request.requests_size(); ++i) {
      const v1::Job& job = request.requests(i).job();
      if (!state_.refused_text.empty() &&
          absl::StrContains(job.request().body(), state_.refused_text)) {
        auto* violation = bad.add_field_violations();
        violation->set_field(absl::StrCat("requests[", i, "].job.request.body"));
        violation->set_description(absl::StrCat("must not say ", state_.refused_text));
      }
    }
    if (bad.field_violations().empty()) return grpc::Status::OK;
    google::protobuf::Any detail;
    detail.PackFrom(bad);
    return ErrorWith(grpc::StatusCode::INVALID_ARGUMENT,
                     absl::StrCat(bad.field_violations_size(), " fields are wrong"),
                     "INVALID_FIELDS", {detail});
  }

  const v1::Job& Create(const v1::CreateJobRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_.mutex) {
    std::string& id = state_.ids_by_request[request.request_id()];
    if (id.empty() || request.request_id().empty()) {
      id = absl::StrCat("job-", ++state_.jobs_made);
      v1::Job& job = state_.jobs[id];
      job = request.job();
      job.set_id(id);
      job.set_state(v1::JOB_STATE_PENDING);
    }
    return state_.jobs[id];
  }

  void Look(v1::Job& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_.mutex) {
    if (IsLive(job) && ++state_.looks[job.id()] > state_.looks_before_end) state_.end(job);
  }

  State& state_;
};

FakeJobService::FakeJobService() : state_(std::make_unique<State>()) { Start(); }

FakeJobService::~FakeJobService() { Stop(); }

void FakeJobService::Start() {
  service_ = std::make_unique<Service>(*state_);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port_), grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) std::abort();
  port_ = port;
  address_ = absl::StrCat("127.0.0.1:", port_);
}

void FakeJobService::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
  server_->Wait();
  server_.reset();
  service_.reset();
}

void FakeJobService::SetEnd(std::function<void(v1::Job& job)> end) {
  MutexLock lock(state_->mutex);
  state_->end = std::move(end);
}

void FakeJobService::SetLooksBeforeEnd(int looks) {
  MutexLock lock(state_->mutex);
  state_->looks_before_end = looks;
}

void FakeJobService::RefuseBodiesWith(const std::string& text) {
  MutexLock lock(state_->mutex);
  state_->refused_text = text;
}

void FakeJobService::LoseNextCreateReplies(int count) {
  MutexLock lock(state_->mutex);
  state_->lost_replies = count;
}

void FakeJobService::FillQueueForNextCreates(int count) {
  MutexLock lock(state_->mutex);
  state_->full_queues = count;
}

void FakeJobService::Forget(const std::string& job_id) {
  MutexLock lock(state_->mutex);
  state_->jobs.erase(job_id);
  for (auto it = state_->ids_by_request.begin(); it != state_->ids_by_request.end(); ++it) {
    if (it->second != job_id) continue;
    state_->ids_by_request.erase(it);
    return;
  }
}

void FakeJobService::SetRoomForOneBody(bool one_body) {
  MutexLock lock(state_->mutex);
  state_->one_body = one_body;
}

int64_t FakeJobService::jobs_made() const {
  MutexLock lock(state_->mutex);
  return state_->jobs_made;
}

void FakeJobService::WaitForJobs(int64_t count) const {
  MutexLock lock(state_->mutex);
  while (state_->jobs_made < count) state_->job_made.Wait(state_->mutex);
}

int64_t FakeJobService::calls() const {
  MutexLock lock(state_->mutex);
  return state_->calls;
}

int64_t FakeJobService::live_jobs_max() const {
  MutexLock lock(state_->mutex);
  return state_->live_max;
}

std::vector<v1::Job> FakeJobService::Jobs() const {
  MutexLock lock(state_->mutex);
  std::vector<v1::Job> jobs;
  for (const auto& [id, job] : state_->jobs) jobs.push_back(job);
  return jobs;
}

}  // namespace lull
