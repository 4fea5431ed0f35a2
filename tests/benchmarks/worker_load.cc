// What a call costs a worker: a service that gives out leases without end and takes every report,
// with a real lull-worker between it and an upstream. The worker is a process of its own, so what
// it uses can be told apart.
//
//   worker_load WORKER BASE_URL [calls] [in flight] [bytes]
//
// WORKER is the program, BASE_URL an OpenAI-compatible API. Prints one line of key=value pairs:
// calls a second, the worker's CPU for each call in microseconds, what its memory grew by for each
// call in flight, and how many calls did not succeed. A tenth of the calls go before the
// measurement.
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "proto/worker_service.grpc.pb.h"

namespace lull {
namespace {

constexpr char kPath[] = "/v1/chat/completions";

double Seconds() { return absl::ToDoubleSeconds(SystemClock().Now().steady); }

// The process's CPU so far, from /proc/PID/stat.
double CpuSeconds(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string word;
  double ticks = 0;
  for (int field = 1; file >> word && field <= 15; ++field) {
    if (field == 14 || field == 15) ticks += std::atof(word.c_str());
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

int64_t ResidentKib(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  std::string word;
  int64_t kib = 0;
  while (file >> word) {
    if (word == "VmRSS:") file >> kib;
  }
  return kib;
}

class LeaseFountain final : public v1::WorkerService::Service {
 public:
  LeaseFountain(std::string base_url, int64_t calls, int64_t bytes) : calls_(calls) {
    template_.set_class_name("standard");
    template_.mutable_lease_duration()->set_seconds(30);
    template_.mutable_upstream()->set_name("upstream");
    template_.mutable_upstream()->set_base_url(base_url);
    template_.mutable_request()->set_method("POST");
    template_.mutable_request()->set_path(kPath);
    const std::string rest = R"("}]})";
    std::string body = R"({"model":"m","messages":[{"role":"user","content":")";
    body.resize(std::max(body.size(), static_cast<size_t>(bytes) - rest.size()), 'x');
    template_.mutable_request()->set_body(body + rest);
  }

  grpc::Status LeaseJobs(grpc::ServerContext* context, const v1::LeaseJobsRequest* request,
                         v1::LeaseJobsResponse* response) override {
    MutexLock lock(mutex_);
    ++polls_;
    while ((!open_ || leased_ == calls_) && !context->IsCancelled()) {
      changed_.WaitFor(mutex_, absl::Milliseconds(20));
    }
    for (int i = 0; i < request->max_jobs() && leased_ < calls_; ++i) {
      v1::LeasedJob& job = *response->add_jobs();
      job = template_;
      job.set_lease_token(absl::StrCat("token-", ++leased_));
      job.set_job_id(absl::StrCat("job-", leased_));
      job.set_request_id_header(absl::StrCat("job-", leased_, "/1"));
    }
    return grpc::Status::OK;
  }

  grpc::Status RenewLeases(grpc::ServerContext*, const v1::RenewLeasesRequest* request,
                           v1::RenewLeasesResponse* response) override {
    for (int i = 0; i < request->lease_tokens_size(); ++i) {
      response->add_statuses(v1::LEASE_STATUS_OK);
    }
    response->mutable_lease_duration()->set_seconds(30);
    return grpc::Status::OK;
  }

  grpc::Status FinishAttempts(grpc::ServerContext*, const v1::FinishAttemptsRequest* request,
                              v1::FinishAttemptsResponse* response) override {
    MutexLock lock(mutex_);
    for (const v1::AttemptResult& result : request->results()) {
      response->add_results()->set_status(v1::REPORT_STATUS_ACCEPTED);
      if (result.outcome() == v1::OUTCOME_SUCCEEDED) continue;
      if (failed_++ == 0) std::fprintf(stderr, "%s\n", result.ShortDebugString().c_str());
    }
    done_ += request->results_size();
    ++reports_;
    changed_.SignalAll();
    return grpc::Status::OK;
  }

  // Returns when the worker has asked, which it gets no answer to before Open.
  bool AwaitPoll() {
    MutexLock lock(mutex_);
    for (int i = 0; i < 3'000 && polls_ == 0; ++i) {
      changed_.WaitFor(mutex_, absl::Milliseconds(20));
    }
    return polls_ > 0;
  }
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.SignalAll();
  }
  // False: not within ten minutes.
  bool AwaitDone(int64_t count) {
    MutexLock lock(mutex_);
    for (int i = 0; i < 30'000 && done_ < count; ++i) {
      changed_.WaitFor(mutex_, absl::Milliseconds(20));
    }
    return done_ >= count;
  }
  int64_t done() {
    MutexLock lock(mutex_);
    return done_;
  }
  // On average.
  double JobsPerPoll() {
    MutexLock lock(mutex_);
    return static_cast<double>(leased_) / static_cast<double>(std::max<int64_t>(1, polls_));
  }
  double ResultsPerReport() {
    MutexLock lock(mutex_);
    return static_cast<double>(done_) / static_cast<double>(std::max<int64_t>(1, reports_));
  }
  int64_t failed() {
    MutexLock lock(mutex_);
    return failed_;
  }

 private:
  v1::LeasedJob template_;
  const int64_t calls_;
  Mutex mutex_;
  CondVar changed_;
  int64_t reports_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t polls_ ABSL_GUARDED_BY(mutex_) = 0;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t leased_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t failed_ ABSL_GUARDED_BY(mutex_) = 0;
};

pid_t StartWorker(const std::string& program, int port, int64_t in_flight) {
  const std::string server = absl::StrCat("127.0.0.1:", port);
  const std::string limit = absl::StrCat(in_flight);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  execl(program.c_str(), program.c_str(), "--server", server.c_str(), "--max-in-flight",
        limit.c_str(), "--log-level", "warning", nullptr);
  _exit(127);
}

int Run(const std::string& program, const std::string& base_url, int64_t calls, int64_t in_flight,
        int64_t bytes) {
  LeaseFountain fountain(base_url, calls, bytes);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(32 << 20);
  builder.RegisterService(&fountain);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const pid_t worker = StartWorker(program, port, in_flight);

  const int64_t first = std::max<int64_t>(1, calls / 10);
  bool ended = fountain.AwaitPoll();
  const int64_t idle_kib = ResidentKib(worker);
  fountain.Open();
  ended = ended && fountain.AwaitDone(first);
  const int64_t counted_from = fountain.done();
  const double cpu = CpuSeconds(worker);
  const double begin = Seconds();
  ended = ended && fountain.AwaitDone(calls / 2);
  const int64_t full_kib = ResidentKib(worker);
  ended = ended && fountain.AwaitDone(calls - in_flight);
  const double counted = static_cast<double>(std::max<int64_t>(1, fountain.done() - counted_from));
  const double seconds = Seconds() - begin;
  const double cpu_used = CpuSeconds(worker) - cpu;
  ended = ended && fountain.AwaitDone(calls);
  kill(worker, SIGTERM);
  int status = 0;
  waitpid(worker, &status, 0);
  server->Shutdown();
  std::printf(
      "kind=worker rate=%.0f cpu_us=%.1f rss_kib=%lld rss_kib_per_call=%.1f in_flight=%lld "
      "jobs_per_poll=%.1f results_per_report=%.1f bytes=%lld calls=%lld failed=%lld\n",
      counted / seconds, cpu_used / counted * 1e6, static_cast<long long>(full_kib),
      static_cast<double>(full_kib - idle_kib) / static_cast<double>(in_flight),
      static_cast<long long>(in_flight), fountain.JobsPerPoll(), fountain.ResultsPerReport(),
      static_cast<long long>(bytes), static_cast<long long>(calls),
      static_cast<long long>(fountain.failed()));
  return ended && fountain.failed() == 0 && status == 0 ? 0 : 1;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  const auto number = [&](int i, int64_t otherwise) {
    return argc > i ? std::atoll(argv[i]) : otherwise;
  };
  if (argc < 3) {
    std::fprintf(stderr, "usage: worker_load WORKER BASE_URL [calls] [in flight] [bytes]\n");
    return 2;
  }
  return lull::Run(argv[1], argv[2], number(3, 100'000), number(4, 100), number(5, 1024));
}
