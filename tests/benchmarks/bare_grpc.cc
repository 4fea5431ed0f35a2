// The yardstick for Lull's RPCs: what bare gRPC does on this machine, client and server in two
// processes, over TCP. It is frozen: changing it makes every earlier ratio worthless.
//
//   bare_grpc echo [calls] [in flight] [bytes]         unary calls that give back what they got
//   bare_grpc fanout [messages] [watchers] [bytes]     one stream for each watcher
//
// Prints one line of key=value pairs: calls or messages a second, CPU of both ends for each of them
// in microseconds, and for echo the latencies in microseconds.
#include <grpcpp/grpcpp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/benchmarks/echo.grpc.pb.h"

namespace lull::benchmark {
namespace {

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double CpuSeconds(int who) {
  rusage usage;
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Follower final : public grpc::ServerWriteReactor<Payload> {
 public:
  explicit Follower(const FollowRequest& request) : left_(request.messages()) {
    payload_.set_data(std::string(request.bytes(), 'x'));
    Next();
  }
  void OnWriteDone(bool ok) override {
    if (!ok) left_ = 0;
    Next();
  }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (left_-- > 0) return StartWrite(&payload_);
    Finish(grpc::Status::OK);
  }
  int64_t left_;
  Payload payload_;
};

class Service final : public Echo::CallbackService {
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const Payload* request,
                                Payload* reply) override {
    *reply = *request;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerWriteReactor<Payload>* Follow(grpc::CallbackServerContext*,
                                            const FollowRequest* request) override {
    return new Follower(*request);
  }
};

// Serves until the parent closes `stop`.
[[noreturn]] void Serve(int tell_port, int stop) {
  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  char byte;
  if (write(tell_port, &port, sizeof port) != sizeof port || read(stop, &byte, 1) < 0) _exit(1);
  server->Shutdown(std::chrono::system_clock::now());
  _exit(0);  // gRPC's own threads crash on the way out otherwise
}

struct Call {
  grpc::ClientContext context;
  Payload reply;
  grpc::Status status;
  double start = 0;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Payload>> reader;
};

int RunEcho(Echo::Stub& stub, int64_t calls, int in_flight, int64_t bytes) {
  grpc::CompletionQueue queue;
  Payload request;
  request.set_data(std::string(bytes, 'x'));
  std::vector<float> took;
  took.reserve(calls);
  int64_t started = 0;
  const auto start = [&] {
    auto* call = new Call;
    call->start = Seconds();
    call->reader = stub.AsyncSay(&call->context, request, &queue);
    call->reader->Finish(&call->reply, &call->status, call);
    ++started;
  };
  const double begin = Seconds();
  while (started < std::min<int64_t>(calls, in_flight)) start();
  for (int64_t done = 0; done < calls; ++done) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue.Next(&tag, &ok)) return 1;
    const std::unique_ptr<Call> call(static_cast<Call*>(tag));
    if (!call->status.ok()) {
      std::fprintf(stderr, "%s\n", call->status.error_message().c_str());
      return 1;
    }
    took.push_back(static_cast<float>((Seconds() - call->start) * 1e6));
    if (started < calls) start();
  }
  const double seconds = Seconds() - begin;
  std::sort(took.begin(), took.end());
  std::printf("kind=echo rate=%.0f in_flight=%d bytes=%lld p50_us=%.0f p99_us=%.0f calls=%lld",
              calls / seconds, in_flight, static_cast<long long>(bytes), took[calls / 2],
              took[calls * 99 / 100], static_cast<long long>(calls));
  return 0;
}

struct Watcher {
  enum Step { kStart, kRead, kFinish };
  grpc::ClientContext context;
  Payload message;
  grpc::Status status;
  Step step = kStart;
  std::unique_ptr<grpc::ClientAsyncReader<Payload>> reader;
};

int RunFanOut(Echo::Stub& stub, int64_t messages, int watchers, int64_t bytes) {
  grpc::CompletionQueue queue;
  FollowRequest request;
  request.set_messages(messages);
  request.set_bytes(bytes);
  std::vector<Watcher> all(watchers);
  const double begin = Seconds();
  for (Watcher& watcher : all) {
    watcher.reader = stub.AsyncFollow(&watcher.context, request, &queue, &watcher);
  }
  int64_t received = 0;
  for (int open = watchers; open > 0;) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue.Next(&tag, &ok)) return 1;
    Watcher& watcher = *static_cast<Watcher*>(tag);
    if (watcher.step == Watcher::kFinish) {
      --open;
    } else if (ok) {
      if (watcher.step == Watcher::kRead) ++received;
      watcher.step = Watcher::kRead;
      watcher.reader->Read(&watcher.message, &watcher);
    } else {
      watcher.step = Watcher::kFinish;
      watcher.reader->Finish(&watcher.status, &watcher);
    }
  }
  std::printf("kind=fanout rate=%.0f watchers=%d bytes=%lld messages=%lld",
              received / (Seconds() - begin), watchers, static_cast<long long>(bytes),
              static_cast<long long>(received));
  return received == messages * watchers ? 0 : 1;
}

int Run(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  if (kind != "echo" && kind != "fanout") {
    std::fprintf(stderr, "usage: bare_grpc echo|fanout [count] [in flight|watchers] [bytes]\n");
    return 2;
  }
  const int64_t count = argc > 2 ? std::atoll(argv[2]) : (kind == "echo" ? 200'000 : 2'000);
  const int width = argc > 3 ? std::atoi(argv[3]) : (kind == "echo" ? 64 : 100);
  const int64_t bytes = argc > 4 ? std::atoll(argv[4]) : (kind == "echo" ? 1024 : 128);
  int tell_port[2], stop[2];
  if (pipe(tell_port) != 0 || pipe(stop) != 0) return 1;
  const pid_t server = fork();
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(stop[1]);
    Serve(tell_port[1], stop[0]);
  }
  int port = 0;
  if (read(tell_port[0], &port, sizeof port) != sizeof port) return 1;
  const auto stub = Echo::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  const int failed =
      kind == "echo" ? RunEcho(*stub, count, width, bytes) : RunFanOut(*stub, count, width, bytes);
  close(stop[1]);
  waitpid(server, nullptr, 0);
  const int64_t total = kind == "echo" ? count : count * width;
  std::printf(" server_cpu_us=%.1f client_cpu_us=%.1f\n", CpuSeconds(RUSAGE_CHILDREN) / total * 1e6,
              CpuSeconds(RUSAGE_SELF) / total * 1e6);
  std::fflush(stdout);
  _exit(failed);
}

}  // namespace
}  // namespace lull::benchmark

int main(int argc, char** argv) { return lull::benchmark::Run(argc, argv); }
