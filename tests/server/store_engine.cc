#include "tests/server/store_engine.h"

#include <atomic>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/open_job_store.h"

namespace lull {
namespace {

std::shared_ptr<const Plan> NewPlan() {
  Plan plan;
  plan.classes.resize(1);
  plan.classes[0].name = "standard";
  plan.accounts.resize(1);
  plan.accounts[0].name = "account";
  plan.upstreams.resize(1);
  plan.upstreams[0].name = "up";
  plan.upstreams[0].base_url = "http://127.0.0.1:9";
  plan.upstreams[0].credential = "key";
  plan.route_groups.resize(1);
  plan.route_groups[0].name = "chat";
  plan.route_groups[0].models = {"*"};
  plan.route_groups[0].members.resize(1);
  return std::make_shared<const Plan>(std::move(plan));
}

struct Spoil {
  Mutex mutex;
  absl::Status bodies ABSL_GUARDED_BY(mutex);
  absl::Status jobs ABSL_GUARDED_BY(mutex);
  std::function<void(JobReader&, JobNumber)> before_ended;  // set before anything is read
};

class SpoiledReader final : public JobReader {
 public:
  SpoiledReader(std::unique_ptr<JobReader> reader, std::shared_ptr<Spoil> spoil)
      : reader_(std::move(reader)), spoil_(std::move(spoil)) {}
  absl::StatusOr<Found> FindJob(const JobId& id) override { return reader_->FindJob(id); }
  absl::StatusOr<std::shared_ptr<const JobSpec>> ReadSpec(JobNumber job, bool bodies) override {
    MutexLock lock(spoil_->mutex);
    if (bodies && !spoil_->bodies.ok()) return spoil_->bodies;
    if (!spoil_->jobs.ok()) return spoil_->jobs;
    return reader_->ReadSpec(job, bodies);
  }
  absl::StatusOr<JobEnded> ReadEnded(JobNumber job, bool bodies) override {
    if (spoil_->before_ended) spoil_->before_ended(*reader_, job);
    MutexLock lock(spoil_->mutex);
    if (!spoil_->jobs.ok()) return spoil_->jobs;
    return reader_->ReadEnded(job, bodies);
  }
  absl::StatusOr<std::vector<NumberedEvent>> ReadEvents(EventNumber from, int max) override {
    return reader_->ReadEvents(from, max);
  }
  absl::StatusOr<EventRange> ReadEventRange() override { return reader_->ReadEventRange(); }
  absl::StatusOr<std::vector<Identity>> ReadIdentities(absl::Span<const JobNumber> jobs) override {
    return reader_->ReadIdentities(jobs);
  }
  absl::StatusOr<Page> QueryJobs(const Query& query) override { return reader_->QueryJobs(query); }
  absl::StatusOr<std::vector<UsageAdded>> ReadUsage(const UsageQuery& query) override {
    return reader_->ReadUsage(query);
  }
  absl::StatusOr<std::vector<JobLine>> ListJobs(JobNumber first, JobNumber last, int max) override {
    return reader_->ListJobs(first, last, max);
  }

 private:
  const std::unique_ptr<JobReader> reader_;
  const std::shared_ptr<Spoil> spoil_;
};

}  // namespace

class StoreEngine::SpoiledStore final : public JobStore {
 public:
  explicit SpoiledStore(JobStore* store) : store_(store) {}
  void SpoilBodies(absl::Status status) {
    MutexLock lock(spoil_->mutex);
    spoil_->bodies = std::move(status);
  }
  void SpoilJobs(absl::Status status) {
    MutexLock lock(spoil_->mutex);
    spoil_->jobs = std::move(status);
  }

  void BeforeReadEnded(std::function<void(JobReader&, JobNumber)> call) {
    spoil_->before_ended = std::move(call);
  }
  void FailNextCommit() { fail_next_ = true; }

  absl::StatusOr<Recovered> Recover(absl::Time now) override { return store_->Recover(now); }
  absl::StatusOr<Committed> FindCommitted() override { return store_->FindCommitted(); }
  absl::Status LoadLive(absl::FunctionRef<void(LiveState)> add) override {
    return store_->LoadLive(add);
  }
  absl::Status LoadKeys(absl::FunctionRef<void(const KeyAdded&)> add) override {
    return store_->LoadKeys(add);
  }
  absl::Status LoadSmallStates(absl::FunctionRef<void(const SmallState&)> add) override {
    return store_->LoadSmallStates(add);
  }
  absl::Status ApplyGroup(const Group& group) override {
    return fail_next_.exchange(false) ? absl::UnavailableError("injected")
                                      : store_->ApplyGroup(group);
  }
  absl::StatusOr<bool> Tidy() override { return store_->Tidy(); }
  absl::StatusOr<bool> Prune(const Retention& retention, absl::Time now) override {
    return store_->Prune(retention, now);
  }
  absl::StatusOr<std::unique_ptr<StoreBackup>> StartBackup(const std::string& file_name) override {
    return store_->StartBackup(file_name);
  }
  absl::StatusOr<std::unique_ptr<JobReader>> OpenReader() override {
    absl::StatusOr<std::unique_ptr<JobReader>> reader = store_->OpenReader();
    if (!reader.ok()) return reader.status();
    return std::make_unique<SpoiledReader>(*std::move(reader), spoil_);
  }
  std::unique_ptr<StoreCheck> CheckDue() override { return store_->CheckDue(); }
  Stats GetStats() const override { return store_->GetStats(); }

 private:
  JobStore* const store_;
  std::atomic<bool> fail_next_{false};
  const std::shared_ptr<Spoil> spoil_ = std::make_shared<Spoil>();
};

StoreEngine::StoreEngine() {
  std::string folder = absl::StrCat(::testing::TempDir(), "/lull-XXXXXX");
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  sqlite_ = *OpenJobStore(StoreOptions{.data_dir = folder});
  spoiled_ = std::make_unique<SpoiledStore>(sqlite_.get());
  EngineLoop::Options options;
  options.plan = NewPlan();
  options.seed = "seed";
  loop_ = std::make_unique<EngineLoop>(options, spoiled_.get(), &clock_, &metrics_);
  pool_ = std::make_unique<ReadPool>(spoiled_.get(), 2, 100);
  reads_ = std::make_unique<JobReads>(pool_.get(), loop_.get());
  watches_ = std::make_unique<WatchHub>(WatchHub::Options(), spoiled_.get(), reads_.get(), &clock_);
  parts_.loop = loop_.get();
  parts_.pool = pool_.get();
  parts_.reads = reads_.get();
  parts_.bodies = &bodies_;
  parts_.watches = watches_.get();
  parts_.clock = &clock_;
  parts_.observer = &metrics_;
  parts_.rules.plan = options.plan;
  EXPECT_TRUE(loop_->Start().ok());
}

StoreEngine::~StoreEngine() {
  watches_->Stop();
  loop_->Stop();
  pool_->Stop();
}

JobStore& StoreEngine::store() { return *spoiled_; }

void StoreEngine::BeforeReadEnded(std::function<void(JobReader&, JobNumber)> call) {
  spoiled_->BeforeReadEnded(std::move(call));
}

void StoreEngine::FailNextCommit() { spoiled_->FailNextCommit(); }

void StoreEngine::SpoilBodies(absl::Status status) { spoiled_->SpoilBodies(std::move(status)); }
void StoreEngine::SpoilJobs(absl::Status status) { spoiled_->SpoilJobs(std::move(status)); }

std::shared_ptr<const JobSpec> StoreEngine::Submit(const std::string& tenant) {
  auto spec = std::make_shared<JobSpec>();
  spec->tenant = tenant;
  spec->class_name = "standard";
  spec->route_group = "chat";
  spec->max_attempts = 3;
  spec->method = "POST";
  spec->path = "/v1/chat/completions";
  spec->model = "m";
  spec->body = std::make_shared<const std::string>(R"({"model":"m"})");
  SubmitRequest request;
  request.caller = CallerOf(tenant);
  request.jobs.resize(1);
  request.jobs[0].spec = std::move(spec);
  const auto reply = Ask<SubmitRequest, SubmitReply>(std::move(request));
  EXPECT_TRUE(reply.ok() && reply->jobs[0].status.ok());
  return reply->jobs[0].spec;
}

LeaseReply StoreEngine::Lease() {
  LeaseRequest request;
  request.caller = CallerOf("default");
  request.worker = "w1";
  request.max_jobs = 10;
  request.max_bytes = 1 << 20;
  request.credentials = {"key"};
  return *Ask<LeaseRequest, LeaseReply>(std::move(request));
}

}  // namespace lull
