#include "tools/lull/client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>

#include <set>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"

namespace lull {
namespace {

// The server's own limit.
constexpr int kMessageBytesMax = 32 * 1024 * 1024;

bool IsLocal(absl::string_view address) {
  return absl::StartsWith(address, "unix:") || absl::StartsWith(address, "127.") ||
         absl::StartsWith(address, "localhost:") || absl::StartsWith(address, "[::1]:");
}

grpc::ChannelArguments ArgumentsFor(absl::string_view address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  // A server that restarts is back within a second or two: do not wait longer before looking again.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A stream of replies may be silent for long: notice when the server's machine is gone.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  // The commands decide what is repeated, since they know what is safe to repeat.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // A proxy for the web cannot reach this machine's own loopback interface.
  if (IsLocal(address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

// gRPC nests one clause for each of its layers; the innermost says what is wrong.
absl::string_view LastClauseOf(absl::string_view message) {
  const size_t colon = message.rfind(": ");
  return colon == absl::string_view::npos ? message : message.substr(colon + 2);
}

absl::Status ToStatus(const grpc::Status& status, absl::string_view address) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  // Without details the error is not the server's word but gRPC's, and says little.
  const bool from_server = !status.error_details().empty();
  std::string message = status.error_message();
  if (code == absl::StatusCode::kUnavailable && !from_server) {
    message = absl::StrCat("no server answers at ", address, " (", LastClauseOf(message), ")");
  } else if (code == absl::StatusCode::kDeadlineExceeded && !from_server) {
    message = absl::StrCat("the server at ", address, " did not answer in time");
  }
  absl::Status result(code, message);
  if (from_server) result.SetPayload(kErrorDetailsPayload, absl::Cord(status.error_details()));
  return result;
}

grpc::ByteBuffer BytesOf(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

grpc::Status ParseInto(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message) {
  grpc::Slice slice;
  if (bytes.DumpToSingleSlice(&slice).ok() &&
      message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return grpc::Status::OK;
  }
  return grpc::Status(grpc::StatusCode::INTERNAL,
                      absl::StrCat("the reply is not a ", message->GetTypeName()));
}

// The completion queue of one call, which does one step after the other.
class OneStep {
 public:
  ~OneStep() {
    queue_.Shutdown();
    while (Wait()) {
    }
  }

  grpc::CompletionQueue* queue() { return &queue_; }

  // Waits for the step that was started last; whether it was done.
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

 private:
  grpc::CompletionQueue queue_;
};

}  // namespace

absl::Status StatusOf(const google::rpc::Status& error) {
  absl::Status status(static_cast<absl::StatusCode>(error.code()), error.message());
  status.SetPayload(kErrorDetailsPayload, absl::Cord(error.SerializeAsString()));
  return status;
}

// The calls under way, so that they can be ended.
class Client::Calls {
 public:
  explicit Calls(const std::string& address)
      : stub_(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                        ArgumentsFor(address))) {}

  grpc::GenericStub& stub() { return stub_; }

  // False after Cancel().
  bool Begin(grpc::ClientContext* context) {
    MutexLock lock(mutex_);
    if (!cancelled_) under_way_.insert(context);
    return !cancelled_;
  }

  void End(grpc::ClientContext* context) {
    MutexLock lock(mutex_);
    under_way_.erase(context);
  }

  void Cancel() {
    MutexLock lock(mutex_);
    cancelled_ = true;
    for (grpc::ClientContext* context : under_way_) context->TryCancel();
  }

 private:
  grpc::GenericStub stub_;
  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<grpc::ClientContext*> under_way_ ABSL_GUARDED_BY(mutex_);
};

Client::Client(const std::string& address)
    : address_(address), calls_(std::make_unique<Calls>(address)) {}
Client::~Client() = default;

absl::Status Client::CallOnce(const char* path, const google::protobuf::MessageLite& request,
                              absl::Duration timeout, google::protobuf::MessageLite* reply) {
  grpc::ClientContext context;
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(timeout), GPR_TIMESPAN)));
  if (!calls_->Begin(&context)) return absl::CancelledError("stopped");
  OneStep step;
  const auto call = calls_->stub().PrepareUnaryCall(&context, path, BytesOf(request), step.queue());
  call->StartCall();
  grpc::ByteBuffer bytes;
  grpc::Status status;
  call->Finish(&bytes, &status, nullptr);
  step.Wait();
  calls_->End(&context);
  if (status.ok()) status = ParseInto(bytes, reply);
  return ToStatus(status, address_);
}

absl::Status Client::ReadAll(const char* path, const google::protobuf::MessageLite& request,
                             google::protobuf::MessageLite* reply,
                             const std::function<absl::Status()>& taken) {
  grpc::ClientContext context;
  if (!calls_->Begin(&context)) return absl::CancelledError("stopped");
  OneStep step;
  const auto call = calls_->stub().PrepareCall(&context, path, step.queue());
  call->StartCall(nullptr);
  absl::Status result;
  if (step.Wait()) {
    call->WriteLast(BytesOf(request), grpc::WriteOptions(), nullptr);
    step.Wait();
    grpc::ByteBuffer bytes;
    for (call->Read(&bytes, nullptr); step.Wait(); call->Read(&bytes, nullptr)) {
      // After an error, what is on its way is read and dropped.
      if (!result.ok()) continue;
      result = ToStatus(ParseInto(bytes, reply), address_);
      if (result.ok()) result = taken();
      if (!result.ok()) context.TryCancel();
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  step.Wait();
  calls_->End(&context);
  return result.ok() ? ToStatus(status, address_) : result;
}

void Client::Cancel() { calls_->Cancel(); }

}  // namespace lull
