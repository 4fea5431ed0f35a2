// What one ApplyGroup costs, by the number of jobs in it: submitted, granted and finished jobs with
// 1 KiB requests and answers, each group on disk before the next begins.
//
//   bazel run --config=release //tests/benchmarks:store_benchmark
//
// The data goes below STORE_BENCHMARK_DIR, or else below the current folder.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "storage/job_store.h"
#include "storage/open_job_store.h"
#include "storage/record.h"

namespace lull {
namespace {

constexpr int kBodyBytes = 1024;
const absl::Time kNow = absl::FromUnixSeconds(1'793'000'000);

// A store in a folder of its own, and the group that is being made.
class Bench {
 public:
  Bench() {
    const char* below = std::getenv("STORE_BENCHMARK_DIR");
    folder_ = absl::StrCat(below == nullptr ? "." : below, "/store_benchmark.XXXXXX");
    Check(mkdtemp(folder_.data()) != nullptr ? absl::OkStatus() : absl::UnknownError(folder_));
    auto store = OpenJobStore(StoreOptions{.data_dir = folder_ + "/data"});
    Check(store.status());
    store_ = *std::move(store);
    const auto recovered = store_->Recover(kNow);
    Check(recovered.status());
    group_.epoch = recovered->epoch;
    next_event_ = recovered->next_event;
  }
  ~Bench() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  JobNumber next_job() const { return next_job_; }

  void Submit() {
    auto spec = std::make_shared<JobSpec>();
    spec->number = next_job_++;
    spec->id = JobId::FromTimeAndRandom(kNow + absl::Milliseconds(spec->number / 64),
                                        spec->number * 0x9e3779b97f4a7c15, spec->number);
    spec->tenant = "default";
    spec->class_name = "standard";
    spec->route_group = "chat";
    spec->create_time = kNow;
    spec->deadline = kNow + absl::Hours(24);
    spec->max_attempts = 3;
    spec->method = "POST";
    spec->path = "/v1/chat/completions";
    spec->model = "deepseek-chat";
    spec->body = body_;
    const LiveState live = Live(spec->number);
    Note(spec->number, EventKind::kCreated, JobState::kPending);
    group_.records.push_back(JobCreated{std::move(spec), live});
  }

  void Grant(JobNumber job) {
    LiveState live = Live(job);
    live.state = JobState::kRunning;
    live.dispatch_count = 1;
    live.lease = 1;
    live.worker = "worker-1";
    live.upstream = "deepseek-1";
    live.attempt_start = live.first_start = kNow;
    live.total_limit = absl::Minutes(10);
    Note(job, EventKind::kStarted, JobState::kRunning);
    group_.records.push_back(LiveChanged{std::move(live)});
  }

  void Finish(JobNumber job) {
    JobEnded ended;
    ended.number = job;
    ended.state = JobState::kSucceeded;
    ended.tenant = "default";
    ended.class_name = "standard";
    ended.start_time = kNow;
    ended.end_time = kNow + absl::Seconds(1);
    ended.deadline = kNow + absl::Hours(24);
    ended.lease = 1;
    ended.result_hash = static_cast<uint64_t>(job);
    ended.attempt_count = ended.dispatch_count = 1;
    ended.served_from = ServedFrom::kUpstream;
    ended.http_status = 200;
    ended.finish_reason = "stop";
    ended.response = body_;
    Note(job, EventKind::kEnded, JobState::kSucceeded);
    group_.records.push_back(std::move(ended));
  }

  void Commit() {
    group_.first_event = next_event_;
    Check(store_->ApplyGroup(group_));
    next_event_ += static_cast<int64_t>(group_.events.size());
    group_.records.clear();
    group_.events.clear();
  }

 private:
  static void Check(const absl::Status& status) {
    if (status.ok()) return;
    fprintf(stderr, "%s\n", status.ToString().c_str());
    std::exit(1);
  }

  static LiveState Live(JobNumber job) {
    LiveState live;
    live.number = job;
    live.tenant = "default";
    live.class_name = "standard";
    live.route_group = "chat";
    live.state = JobState::kPending;
    live.ready_since = kNow;
    live.deadline = kNow + absl::Hours(24);
    live.request_bytes = kBodyBytes;
    return live;
  }

  void Note(JobNumber job, EventKind kind, JobState state) {
    Event event;
    event.job = job;
    event.kind = kind;
    event.state = state;
    event.time = kNow;
    group_.events.push_back(std::move(event));
  }

  const std::shared_ptr<const std::string> body_ =
      std::make_shared<const std::string>(kBodyBytes, 'b');
  std::string folder_;
  std::unique_ptr<JobStore> store_;
  Group group_;
  EventNumber next_event_ = 1;
  JobNumber next_job_ = 1;
};

void BM_Submit(benchmark::State& state) {
  Bench bench;
  for (auto _ : state) {
    for (int i = 0; i < state.range(0); ++i) bench.Submit();
    bench.Commit();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Submit)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->UseRealTime();

void BM_WholeLife(benchmark::State& state) {
  Bench bench;
  for (auto _ : state) {
    const JobNumber first = bench.next_job();
    for (int i = 0; i < state.range(0); ++i) bench.Submit();
    bench.Commit();
    for (JobNumber job = first; job < bench.next_job(); ++job) bench.Grant(job);
    bench.Commit();
    for (JobNumber job = first; job < bench.next_job(); ++job) bench.Finish(job);
    bench.Commit();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_WholeLife)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->UseRealTime();

}  // namespace
}  // namespace lull

BENCHMARK_MAIN();
