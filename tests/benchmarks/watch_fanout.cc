// Status fan-out: what WatchJobs tells many watchers a second, beside gRPC alone sending messages
// of the same size to as many streams. Server and clients share this process and its processors.
//
//   watch_fanout [watchers] [events] [rounds]
//
// Events are creations of jobs with two labels. "bare": a reactor that writes one prepared message
// over and over. "catch_up": watchers begin with an event log that is there. "live": they watch
// while the jobs are created, so the engine and its commits take their part. Rounds are
// interleaved. Prints a line of key=value pairs for each and the ratio of the medians.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "proto/job_service.grpc.pb.h"
#include "server/config/server_config_file.h"
#include "server/server.h"
#include "server/server_options.h"

namespace lull {
namespace {

constexpr int kChannels = 8;
constexpr int kBatch = 1000;
constexpr size_t kMessageBytes = 64 << 10;
constexpr char kMethod[] = "/lull.v1.JobService/WatchJobs";

constexpr char kConfig[] = R"(
upstreams:
  - {name: up, base_url: "http://127.0.0.1:9", credential: key}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: up}]}
)";

absl::Duration Now() { return SystemClock().Now().steady; }

grpc::ByteBuffer ToBytes(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

uint64_t Varint(const uint8_t** at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const uint8_t byte = *(*at)++;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

// Of a WatchJobsResponse, without taking it apart: field 3 (events) is a list of fields 1.
int64_t CountEvents(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok() || slice.size() == 0 || *slice.begin() != 0x1a)
    return 0;
  const uint8_t* at = slice.begin() + 1;
  Varint(&at);
  int64_t count = 0;
  while (at < slice.end()) {
    ++at;
    const uint64_t size = Varint(&at);
    at += size;
    ++count;
  }
  return count;
}

// How many of the streams have what they wait for.
class Finish {
 public:
  explicit Finish(int streams) : left_(streams) {}
  void Done() {
    MutexLock lock(mutex_);
    if (--left_ == 0) all_.SignalAll();
  }
  void Await() {
    MutexLock lock(mutex_);
    while (left_ > 0) all_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar all_;
  int left_;
};

// One stream, read until it has brought that many events.
class Reader final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Reader(grpc::GenericStub& stub, const std::string& request, int64_t events, Finish* got,
         Finish* gone)
      : request_(ToBytes(request)), wanted_(events), got_(got), gone_(gone) {
    stub.PrepareBidiStreamingCall(&context_, kMethod, {}, this);
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(&message_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    const int64_t before = events_;
    events_ += CountEvents(message_);
    ++messages_;
    if (before < wanted_ && events_ >= wanted_) got_->Done();
    StartRead(&message_);
  }
  void OnDone(const grpc::Status&) override { gone_->Done(); }
  void Cancel() { context_.TryCancel(); }
  int64_t messages() const { return messages_; }

 private:
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;
  const int64_t wanted_;
  int64_t events_ = 0;
  int64_t messages_ = 0;
  Finish* const got_;
  Finish* const gone_;
};

struct Figures {
  double events_per_second = 0;
  double messages_per_second = 0;
};

// From `begin` on, which is called when all streams are open, until all have `events` events.
Figures Measure(const std::string& address, int watchers, int64_t events,
                const std::string& request, const std::function<void()>& begin) {
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  for (int i = 0; i < kChannels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
  }
  Finish got(watchers);
  Finish gone(watchers);
  std::vector<std::unique_ptr<Reader>> readers;
  const absl::Duration start = Now();
  for (int i = 0; i < watchers; ++i) {
    readers.push_back(std::make_unique<Reader>(*stubs[static_cast<size_t>(i % kChannels)], request,
                                               events, &got, &gone));
  }
  begin();
  got.Await();
  const double seconds = absl::ToDoubleSeconds(Now() - start);
  int64_t messages = 0;
  for (const auto& reader : readers) reader->Cancel();
  gone.Await();
  for (const auto& reader : readers) messages += reader->messages();
  return {static_cast<double>(events) * watchers / seconds,
          static_cast<double>(messages) / seconds};
}

// ---- gRPC alone

class BareService final
    : public v1::JobService::WithRawCallbackMethod_WatchJobs<v1::JobService::Service> {
 public:
  explicit BareService(std::string message) : message_(ToBytes(message)) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchJobs(grpc::CallbackServerContext*,
                                                        const grpc::ByteBuffer*) override {
    return new Stream(&message_);
  }

 private:
  class Stream final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
   public:
    explicit Stream(const grpc::ByteBuffer* message) : message_(message) { StartWrite(message_); }
    void OnWriteDone(bool ok) override {
      if (ok) {
        StartWrite(message_);
      } else {
        Finish(grpc::Status::CANCELLED);
      }
    }
    void OnDone() override { delete this; }

   private:
    const grpc::ByteBuffer* const message_;
  };
  const grpc::ByteBuffer message_;
};

// A message as WatchJobs makes it.
std::string PreparedMessage(int64_t* events) {
  v1::WatchJobsResponse message;
  *events = 0;
  size_t bytes = 0;
  while (bytes < kMessageBytes) {
    v1::JobEvent& event = *message.mutable_events()->add_events();
    event.set_seq(1'000'000 + ++*events);
    event.mutable_time()->set_seconds(1'767'614'400);
    event.mutable_time()->set_nanos(123'456'000);
    event.set_job_id("0190d3c2-7b1e-7c3a-9f00-3d5a6b7c8d9e");
    event.set_type(v1::JOB_EVENT_TYPE_CREATED);
    event.set_state(v1::JOB_STATE_PENDING);
    event.set_tenant("default");
    event.set_class_name("standard");
    (*event.mutable_create_labels())["team"] = "watched";
    (*event.mutable_create_labels())["n"] = "7";
    bytes += event.ByteSizeLong() + 3;
  }
  return message.SerializeAsString();
}

Figures Bare(int watchers, int64_t events) {
  int64_t in_message = 0;
  BareService service(PreparedMessage(&in_message));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const Figures figures = Measure(absl::StrCat("127.0.0.1:", port), watchers, events, "", [] {});
  server->Shutdown(absl::ToChronoTime(SystemClock().WallNow()));
  return figures;
}

// ---- Lull

class Lull {
 public:
  Lull() : folder_(absl::StrCat("/tmp/watch-fanout-", ::getpid())) {
    auto config = ParseServerConfig(kConfig, "benchmark");
    config->set_data_dir(folder_);
    config->set_grpc_address("127.0.0.1:0");
    config->clear_http_address();
    auto options = ServerOptionsFromConfig(*config);
    options->http_address.clear();
    server_ = *Server::Start(*options);
    stub_ = v1::JobService::NewStub(
        grpc::CreateChannel(server_->grpc_address(), grpc::InsecureChannelCredentials()));
  }
  ~Lull() {
    server_->Stop();
    std::filesystem::remove_all(folder_);
  }

  void Create(int64_t jobs) {
    for (int64_t next = 0; next < jobs; next += kBatch) {
      v1::BatchCreateJobsRequest request;
      for (int64_t i = next; i < std::min<int64_t>(jobs, next + kBatch); ++i) {
        v1::Job& job = *request.add_requests()->mutable_job();
        job.mutable_request()->set_method("POST");
        job.mutable_request()->set_path("/v1/chat/completions");
        job.mutable_request()->set_body(R"({"model":"m"})");
        (*job.mutable_labels())["team"] = "watched";
        (*job.mutable_labels())["n"] = absl::StrCat(i % 10);
      }
      grpc::ClientContext context;
      v1::BatchCreateJobsResponse response;
      const grpc::Status status = stub_->BatchCreateJobs(&context, request, &response);
      if (!status.ok()) {
        std::fprintf(stderr, "%s\n", status.error_message().c_str());
        std::exit(1);
      }
    }
    created_ += jobs;
  }

  Figures CatchUp(int watchers, int64_t events) {
    return Measure(server_->grpc_address(), watchers, events, Request(0), [] {});
  }
  Figures Live(int watchers, int64_t events) {
    return Measure(server_->grpc_address(), watchers, events, Request(created_),
                   [this, events] { Create(events); });
  }

 private:
  static std::string Request(int64_t resume_after) {
    v1::WatchJobsRequest request;
    (*request.mutable_create_labels()->mutable_labels())["team"] = "watched";
    request.set_resume_after(resume_after);
    return request.SerializeAsString();
  }

  const std::string folder_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::JobService::Stub> stub_;
  int64_t created_ = 0;
};

void Print(const char* what, const Figures& figures) {
  std::printf("%s events_per_second=%.0f messages_per_second=%.0f\n", what,
              figures.events_per_second, figures.messages_per_second);
  std::fflush(stdout);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Run(int watchers, int64_t events, int rounds) {
  Lull lull;
  lull.Create(events);
  std::vector<double> bare;
  std::vector<double> catch_up;
  std::vector<double> live;
  for (int round = 0; round < rounds; ++round) {
    const Figures of_bare = Bare(watchers, events);
    Print("bare", of_bare);
    bare.push_back(of_bare.events_per_second);
    const Figures of_catch_up = lull.CatchUp(watchers, events);
    Print("catch_up", of_catch_up);
    catch_up.push_back(of_catch_up.events_per_second);
    const Figures of_live = lull.Live(watchers, events);
    Print("live", of_live);
    live.push_back(of_live.events_per_second);
  }
  std::printf("watchers=%d events=%lld catch_up/bare=%.2f live/bare=%.2f\n", watchers,
              static_cast<long long>(events), Median(catch_up) / Median(bare),
              Median(live) / Median(bare));
  return 0;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  const int watchers = argc > 1 ? std::atoi(argv[1]) : 100;
  const int64_t events = argc > 2 ? std::atoll(argv[2]) : 50'000;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 3;
  return lull::Run(std::max(1, watchers), std::max<int64_t>(1000, events), std::max(1, rounds));
}
