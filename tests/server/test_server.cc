#include "tests/server/test_server.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "server/api/proto_time.h"
#include "server/config/server_config_file.h"
#include "server/server_options.h"
#include "storage/open_job_store.h"
#include "storage/record.h"

namespace lull {
namespace {

constexpr char kConfig[] = R"(
upstreams:
  - name: up
    base_url: http://127.0.0.1:9
    credential: key
route_groups:
  - name: chat
    models: [m1, m2]
    upstreams:
      - upstream: up
)";

std::string NewDataDir() {
  std::string path = absl::StrCat(::testing::TempDir(), "/lull-XXXXXX");
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

template <typename Detail>
bool FindDetail(const grpc::Status& status, Detail* detail) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return false;
  for (const google::protobuf::Any& any : details.details()) {
    if (any.UnpackTo(detail)) return true;
  }
  return false;
}

JobCreated ForeignJob(JobNumber number, absl::Time now) {
  auto spec = std::make_shared<JobSpec>();
  spec->number = number;
  spec->id = JobId::FromTimeAndRandom(now, 1, static_cast<uint64_t>(number));
  spec->tenant = "other";
  spec->class_name = "standard";
  spec->route_group = "chat";
  spec->create_time = now;
  spec->deadline = now + absl::Hours(24);
  spec->max_attempts = 3;
  spec->method = "POST";
  spec->path = "/v1/chat/completions";
  spec->model = "m1";
  spec->body = std::make_shared<const std::string>(R"({"model":"m1"})");
  LiveState live;
  live.number = number;
  live.tenant = spec->tenant;
  live.class_name = spec->class_name;
  live.route_group = spec->route_group;
  live.create_time = live.ready_since = now;
  live.deadline = spec->deadline;
  live.max_attempts = spec->max_attempts;
  // Not to be leased by the test's own workers.
  live.not_before = now + absl::Hours(12);
  return {std::move(spec), std::move(live)};
}

TestServer::ForeignJobs StoreForeignJobs(const std::string& data_dir, absl::Time now) {
  const std::unique_ptr<JobStore> store = *OpenJobStore(StoreOptions{.data_dir = data_dir});
  const JobStore::Recovered recovered = *store->Recover(now);
  const JobCreated pending = ForeignJob(recovered.next_job, now);
  const JobCreated failed = ForeignJob(recovered.next_job + 1, now);
  JobEnded ended;
  ended.number = failed.spec->number;
  ended.state = JobState::kFailed;
  ended.tenant = failed.spec->tenant;
  ended.class_name = failed.spec->class_name;
  ended.route_group = failed.spec->route_group;
  ended.create_time = ended.end_time = now;
  ended.deadline = failed.spec->deadline;
  Group group;
  group.epoch = recovered.epoch;
  group.first_event = recovered.next_event;
  group.records = {pending, failed, ended};
  const absl::Status stored = store->ApplyGroup(group);
  EXPECT_TRUE(stored.ok()) << stored;
  return {pending.spec->id.ToString(), failed.spec->id.ToString()};
}

}  // namespace

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::ErrorInfo info;
  return FindDetail(status, &info) && info.domain() == "lull" ? info.reason() : "";
}

std::vector<std::string> ViolationsOf(const grpc::Status& status) {
  std::vector<std::string> fields;
  google::rpc::BadRequest bad_request;
  if (!FindDetail(status, &bad_request)) return fields;
  for (const auto& violation : bad_request.field_violations()) fields.push_back(violation.field());
  return fields;
}

TestServer::TestServer(const std::string& config)
    : data_dir_(NewDataDir()), config_(absl::StrCat(kConfig, config)) {
  Start();
}

void TestServer::Start() {
  absl::StatusOr<v1::ServerConfig> config = ParseServerConfig(config_, "test.yaml");
  if (!config.ok()) {
    ADD_FAILURE() << config.status();
    std::abort();
  }
  config->set_data_dir(data_dir_);
  config->set_grpc_address("127.0.0.1:0");
  config->set_http_address("127.0.0.1:0");
  absl::StatusOr<ServerOptions> options = ServerOptionsFromConfig(*config);
  absl::StatusOr<std::unique_ptr<Server>> server =
      options.ok() ? Server::Start(*options, &clock_) : options.status();
  if (!server.ok()) {
    ADD_FAILURE() << server.status();
    std::abort();
  }
  server_ = *std::move(server);
  channel_ = NewChannel();
  jobs_ = v1::JobService::NewStub(channel_);
  batches_ = v1::BatchService::NewStub(channel_);
  workers_ = v1::WorkerService::NewStub(channel_);
  admin_ = v1::AdminService::NewStub(channel_);
}

void TestServer::Restart() {
  server_.reset();
  Start();
}

TestServer::ForeignJobs TestServer::RestartWithForeignJobs() {
  server_.reset();
  const ForeignJobs ids = StoreForeignJobs(data_dir_, clock_.WallNow());
  Start();
  return ids;
}

std::shared_ptr<grpc::Channel> TestServer::NewChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(32 << 20);
  return grpc::CreateCustomChannel(server_->grpc_address(), grpc::InsecureChannelCredentials(),
                                   arguments);
}

void TestServer::SetDeadline(grpc::ClientContext* context, absl::Duration timeout) {
  context->set_deadline(absl::ToChronoTime(SystemClock().WallNow() + timeout));
}

Answer<v1::Job> TestServer::Create(const v1::CreateJobRequest& request) {
  return Ask(jobs(), &v1::JobService::Stub::CreateJob, request);
}

v1::Job TestServer::MustCreate(const v1::CreateJobRequest& request) {
  const Answer<v1::Job> answer = Create(request);
  EXPECT_TRUE(answer.ok()) << answer.status.error_message();
  return answer.reply;
}

Answer<v1::Job> TestServer::Get(const std::string& id, v1::JobView view) {
  v1::GetJobRequest request;
  request.set_job_id(id);
  request.set_view(view);
  return Ask(jobs(), &v1::JobService::Stub::GetJob, request);
}

Answer<v1::Job> TestServer::Wait(const std::string& id, absl::Duration timeout) {
  v1::WaitJobRequest request;
  request.set_job_id(id);
  *request.mutable_timeout() = ToProtoDuration(timeout);
  return Ask(jobs(), &v1::JobService::Stub::WaitJob, request);
}

Answer<v1::Job> TestServer::Cancel(const std::string& id) {
  v1::CancelJobRequest request;
  request.set_job_id(id);
  return Ask(jobs(), &v1::JobService::Stub::CancelJob, request);
}

Answer<v1::LeaseJobsResponse> TestServer::Lease(const v1::LeaseJobsRequest& request) {
  return Ask(workers(), &v1::WorkerService::Stub::LeaseJobs, request);
}

std::vector<std::string> TestServer::MustCreateMany(int count, const v1::CreateJobRequest& like) {
  std::vector<std::string> ids;
  while (static_cast<int>(ids.size()) < count) {
    v1::BatchCreateJobsRequest batch;
    const int missing = count - static_cast<int>(ids.size());
    for (int i = 0; i < std::min(missing, 1000); ++i) *batch.add_requests() = like;
    const auto answer = AskJobs(&v1::JobService::Stub::BatchCreateJobs, batch);
    EXPECT_TRUE(answer.ok()) << answer.status.error_message();
    if (!answer.ok()) break;
    for (const v1::Job& job : answer->jobs()) ids.push_back(job.id());
  }
  return ids;
}

v1::Job TestServer::MustSucceed(const v1::CreateJobRequest& request) {
  const v1::Job job = MustCreate(request);
  EXPECT_TRUE(Finish(Success(MustLease().lease_token())).ok());
  return job;
}

v1::Job TestServer::MustFail(const v1::CreateJobRequest& request) {
  const v1::Job job = MustCreate(request);
  EXPECT_TRUE(Finish(Failure(MustLease().lease_token(), v1::OUTCOME_INVALID_REQUEST)).ok());
  return job;
}

v1::LeasedJob TestServer::MustLease(const std::string& worker) {
  const auto answer = Lease(LeaseRequest(worker));
  EXPECT_TRUE(answer.ok()) << answer.status.error_message();
  EXPECT_EQ(answer->jobs_size(), 1);
  return answer->jobs_size() > 0 ? answer->jobs(0) : v1::LeasedJob();
}

Answer<v1::FinishAttemptsResponse> TestServer::Finish(const v1::AttemptResult& result) {
  v1::FinishAttemptsRequest request;
  request.set_worker_id("w1");
  *request.add_results() = result;
  return Ask(workers(), &v1::WorkerService::Stub::FinishAttempts, request);
}

Answer<v1::RenewLeasesResponse> TestServer::Renew(const std::vector<std::string>& tokens,
                                                  const std::string& worker) {
  v1::RenewLeasesRequest request;
  request.set_worker_id(worker);
  for (const std::string& token : tokens) request.add_lease_tokens(token);
  return Ask(workers(), &v1::WorkerService::Stub::RenewLeases, request);
}

Answer<v1::ReleaseLeasesResponse> TestServer::Release(const std::vector<std::string>& tokens) {
  v1::ReleaseLeasesRequest request;
  request.set_worker_id("w1");
  for (const std::string& token : tokens) request.add_lease_tokens(token);
  return Ask(workers(), &v1::WorkerService::Stub::ReleaseLeases, request);
}

v1::CreateJobRequest TestServer::GoodJob(absl::string_view request_id) {
  v1::CreateJobRequest request;
  request.set_request_id(std::string(request_id));
  v1::Request& call = *request.mutable_job()->mutable_request();
  call.set_path("/v1/chat/completions");
  call.set_body(R"({"model":"m1","messages":[{"role":"user","content":"hello"}]})");
  return request;
}

v1::LeaseJobsRequest TestServer::LeaseRequest(const std::string& worker) {
  v1::LeaseJobsRequest request;
  request.set_worker_id(worker);
  request.set_max_jobs(10);
  request.add_credentials("key");
  return request;
}

v1::AttemptResult TestServer::Success(const std::string& token, const std::string& body) {
  v1::AttemptResult result;
  result.set_lease_token(token);
  result.set_outcome(v1::OUTCOME_SUCCEEDED);
  result.set_billed(v1::BILLED_YES);
  result.set_http_status(200);
  result.mutable_response()->set_body(body);
  result.mutable_response()->set_finish_reason("stop");
  result.mutable_usage()->set_prompt_tokens(3);
  result.mutable_usage()->set_completion_tokens(5);
  return result;
}

v1::AttemptResult TestServer::Failure(const std::string& token, v1::Outcome outcome) {
  v1::AttemptResult result;
  result.set_lease_token(token);
  result.set_outcome(outcome);
  result.set_billed(v1::BILLED_NO);
  result.mutable_error()->set_code(14);
  result.mutable_error()->set_message("it did not work");
  return result;
}

}  // namespace lull
