// What Lull's own store makes of the same work as reference_store: submit, grant and finish jobs
// with 1 KiB requests and answers, in groups of 100, in process, each group on disk before the next
// begins.
//
//   own_store DIR [jobs] [waiting] [keys]
//
// DIR must exist; its folder own is replaced. `keys` is 1 if every job also brings an idempotency
// key (the reference writes none). Only ApplyGroup is timed: making the records is the engine's
// work. Prints one line of key=value pairs.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/open_job_store.h"
#include "storage/record.h"
#include "tests/benchmarks/fdatasync_probe.h"

namespace lull {
namespace {

constexpr int kGroup = 100;
constexpr int kBodyBytes = 1024;

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + now.tv_nsec * 1e-9;
}

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

class OwnStore {
 public:
  OwnStore(const std::string& dir, bool keys) : keys_(keys) {
    std::filesystem::remove_all(dir);
    StoreOptions options;
    options.data_dir = dir;
    auto store = OpenJobStore(options);
    if (!store.ok()) Die(store.status());
    store_ = *std::move(store);
    const auto recovered = store_->Recover(now_);
    if (!recovered.ok()) Die(recovered.status());
    group_.epoch = recovered->epoch;
    next_event_ = recovered->next_event;
  }

  // Each returns the seconds that the commit took.
  double Submit(JobNumber first) {
    for (JobNumber job = first; job < first + kGroup; ++job) {
      auto spec = std::make_shared<JobSpec>();
      spec->number = job;
      spec->id =
          JobId::FromTimeAndRandom(now_ + absl::Milliseconds(job / 64), random_(), random_());
      spec->tenant = "default";
      spec->class_name = "standard";
      spec->route_group = "chat";
      spec->priority = 50;
      spec->create_time = now_;
      spec->deadline = now_ + absl::Hours(24);
      spec->max_attempts = 5;
      spec->method = "POST";
      spec->path = "/chat/completions";
      spec->model = "deepseek-chat";
      spec->body = body_;
      group_.records.push_back(JobCreated{std::move(spec), Live(job)});
      if (keys_) group_.records.push_back(KeyAdded{{random_(), random_()}, random_(), job, now_});
      AddEvent(job, EventKind::kCreated, JobState::kPending);
    }
    return Commit();
  }

  double Grant(JobNumber first) {
    for (JobNumber job = first; job < first + kGroup; ++job) {
      LiveState live = Live(job);
      live.state = JobState::kRunning;
      live.dispatch_count = 1;
      live.lease = 1;
      live.worker = "worker-1";
      live.upstream = "deepseek-1";
      live.attempt_start = live.first_start = now_;
      live.total_limit = absl::Minutes(10);
      group_.records.push_back(LiveChanged{std::move(live)});
      AddEvent(job, EventKind::kStarted, JobState::kRunning);
    }
    return Commit();
  }

  double Finish(JobNumber first) {
    for (JobNumber job = first; job < first + kGroup; ++job) {
      JobEnded ended;
      ended.number = job;
      ended.state = JobState::kSucceeded;
      ended.tenant = "default";
      ended.class_name = "standard";
      ended.priority = 50;
      ended.start_time = now_;
      ended.end_time = now_ + absl::Seconds(1);
      ended.deadline = now_ + absl::Hours(24);
      ended.lease = 1;
      ended.result_hash = random_();
      ended.attempt_count = ended.dispatch_count = 1;
      ended.attempts.resize(1);
      Attempt& attempt = ended.attempts[0];
      attempt.number = 1;
      attempt.lease = 1;
      attempt.worker = "worker-1";
      attempt.upstream = "deepseek-1";
      attempt.start = now_;
      attempt.end = now_ + absl::Seconds(1);
      attempt.outcome = Outcome::kSucceeded;
      attempt.billed = Billed::kYes;
      attempt.http_status = 200;
      attempt.usage = {250, 0, 250, 0};
      ended.usage = attempt.usage;
      ended.served_from = ServedFrom::kUpstream;
      ended.http_status = 200;
      ended.finish_reason = "stop";
      ended.content_type = "application/json";
      ended.response = body_;
      group_.records.push_back(std::move(ended));
      AddEvent(job, EventKind::kEnded, JobState::kSucceeded);
    }
    return Commit();
  }

  double cpu_seconds() const { return cpu_; }

  // Of all commits so far, in microseconds; `part` is from 0 to 1.
  double CommitMicros(double part) {
    std::sort(commits_.begin(), commits_.end());
    return commits_[static_cast<size_t>(part * static_cast<double>(commits_.size() - 1))] * 1e6;
  }

 private:
  LiveState Live(JobNumber job) const {
    LiveState live;
    live.number = job;
    live.tenant = "default";
    live.class_name = "standard";
    live.route_group = "chat";
    live.priority = 50;
    live.create_time = live.ready_since = now_;
    live.deadline = now_ + absl::Hours(24);
    live.request_bytes = kBodyBytes;
    live.max_attempts = 5;
    return live;
  }

  void AddEvent(JobNumber job, EventKind kind, JobState state) {
    Event event;
    event.job = job;
    event.kind = kind;
    event.state = state;
    event.time = now_;
    if (kind != EventKind::kCreated) event.upstream = "deepseek-1";
    group_.events.push_back(std::move(event));
  }

  double Commit() {
    group_.first_event = next_event_;
    const double cpu = CpuSeconds();
    const double start = Seconds();
    const absl::Status status = store_->ApplyGroup(group_);
    const double took = Seconds() - start;
    cpu_ += CpuSeconds() - cpu;
    commits_.push_back(took);
    if (!status.ok()) Die(status);
    next_event_ += static_cast<int64_t>(group_.events.size());
    group_.records.clear();
    group_.events.clear();
    return took;
  }

  const bool keys_;
  const absl::Time now_ = absl::FromUnixMicros(1793000000000000);
  const Bytes body_ = std::make_shared<const std::string>(kBodyBytes, 'b');
  std::mt19937_64 random_{1};
  std::unique_ptr<JobStore> store_;
  Group group_;
  EventNumber next_event_ = 0;
  double cpu_ = 0;
  std::vector<double> commits_;
};

int Run(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: own_store DIR [jobs] [waiting] [keys]\n");
    return 2;
  }
  const std::string dir = argv[1];
  const int64_t jobs = argc > 2 ? std::atoll(argv[2]) : 100000;
  const int64_t waiting = argc > 3 ? std::atoll(argv[3]) : 10000;
  const bool keys = argc > 4 && std::atoi(argv[4]) == 1;
  const double fdatasync_micros = FdatasyncMicros(dir);

  OwnStore store(dir + "/own", keys);
  JobNumber next = 1;
  for (; next <= waiting; next += kGroup) store.Submit(next);
  double submit = 0, grant = 0, finish = 0;
  const double cpu = store.cpu_seconds();
  for (int64_t done = 0; done < jobs; done += kGroup, next += kGroup) {
    submit += store.Submit(next);
    grant += store.Grant(1 + done);
    finish += store.Finish(1 + done);
  }
  std::printf(
      "store=own%s life=%.0f submit=%.0f grant=%.0f finish=%.0f cpu_us=%.1f commit_p50_us=%.0f "
      "commit_p99_us=%.0f commit_max_us=%.0f fdatasync_us=%.0f "
      "jobs=%lld "
      "waiting=%lld\n",
      keys ? "+keys" : "", jobs / (submit + grant + finish), jobs / submit, jobs / grant,
      jobs / finish, (store.cpu_seconds() - cpu) / jobs * 1e6, store.CommitMicros(0.5),
      store.CommitMicros(0.99), store.CommitMicros(1), fdatasync_micros,
      static_cast<long long>(jobs), static_cast<long long>(waiting));
  return 0;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) { return lull::Run(argc, argv); }
