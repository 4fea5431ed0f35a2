#include "tests/tools/lull/scripted_server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tools/lull/client.h"

namespace lull {
namespace {

grpc::Status ToGrpc(const absl::Status& status) {
  const absl::optional<absl::Cord> details = status.GetPayload(kErrorDetailsPayload);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      details.has_value() ? std::string(*details) : "");
}

// One call, with a completion queue of its own.
class ScriptedCall {
 public:
  ScriptedCall() : stream_(&context_) {}
  ~ScriptedCall() {
    queue_.Shutdown();
    while (Step()) {
    }
  }

  void Request(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue* notify) {
    service.RequestCall(&context_, &stream_, &queue_, notify, this);
  }

  std::string path() const { return context_.method(); }

  std::string ReadRequest() {
    grpc::ByteBuffer bytes;
    stream_.Read(&bytes, this);
    grpc::Slice slice;
    if (!Step() || !bytes.DumpToSingleSlice(&slice).ok()) return "";
    return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }

  bool Write(const google::protobuf::MessageLite& message) {
    const grpc::Slice slice(message.SerializeAsString());
    stream_.Write(grpc::ByteBuffer(&slice, 1), this);
    return Step();
  }

  void Finish(const absl::Status& status) {
    stream_.Finish(ToGrpc(status), this);
    Step();
  }

 private:
  bool Step() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericServerContext context_;
  grpc::CompletionQueue queue_;
  grpc::GenericServerAsyncReaderWriter stream_;
};

}  // namespace

class ScriptedServer::Listener {
 public:
  Listener(const std::map<std::string, Script>& scripts, int* port) : scripts_(scripts) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", *port), grpc::InsecureServerCredentials(),
                             port);
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || *port == 0) std::abort();
    accept_ = std::thread([this] { Accept(); });
  }

  ~Listener() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
    queue_->Shutdown();
    accept_.join();
    for (std::thread& call : calls_) call.join();
  }

 private:
  void Accept() {
    for (;;) {
      auto call = std::make_shared<ScriptedCall>();
      {
        // gRPC ends the process when a call is asked for after the end.
        MutexLock lock(mutex_);
        if (stopping_) break;
        call->Request(service_, queue_.get());
      }
      void* tag = nullptr;
      bool ok = false;
      if (!queue_->Next(&tag, &ok) || !ok) break;
      calls_.emplace_back([this, call] { Answer(*call); });
    }
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) {
    }
  }

  void Answer(ScriptedCall& call) {
    const auto script = scripts_.find(call.path());
    const std::string request = call.ReadRequest();
    if (script == scripts_.end()) {
      call.Finish(absl::UnimplementedError("not in the script"));
      return;
    }
    call.Finish(script->second(request, [&call](const google::protobuf::MessageLite& message) {
      return call.Write(message);
    }));
  }

  const std::map<std::string, Script>& scripts_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::thread> calls_;
  std::thread accept_;
};

ScriptedServer::ScriptedServer() { Start(); }
ScriptedServer::~ScriptedServer() { Stop(); }

void ScriptedServer::Start() {
  {
    MutexLock lock(mutex_);
    running_ = true;
  }
  listener_ = std::make_unique<Listener>(scripts_, &port_);
  address_ = absl::StrCat("127.0.0.1:", port_);
}

void ScriptedServer::Stop() {
  {
    MutexLock lock(mutex_);
    running_ = false;
    stopped_.SignalAll();
  }
  listener_.reset();
}

void ScriptedServer::AwaitStop() {
  MutexLock lock(mutex_);
  while (running_) stopped_.Wait(mutex_);
}

absl::Status ServerError(absl::StatusCode code, const std::string& message,
                         const std::string& reason,
                         const std::map<std::string, std::string>& metadata) {
  google::rpc::Status rich;
  rich.set_code(static_cast<int>(code));
  rich.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("lull");
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  rich.add_details()->PackFrom(info);
  absl::Status status(code, message);
  status.SetPayload(kErrorDetailsPayload, absl::Cord(rich.SerializeAsString()));
  return status;
}

}  // namespace lull
