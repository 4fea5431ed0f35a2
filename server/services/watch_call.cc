#include "server/services/watch_call.h"

#include <utility>

#include "base/status_macros.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"
#include "proto/job_service.pb.h"
#include "server/api/rpc_error.h"
#include "server/services/watch_request.h"

namespace lull {
namespace {

// Without a copy: the slice owns the string.
grpc::ByteBuffer ToByteBuffer(std::string message) {
  auto* owned = new std::string(std::move(message));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* string) { delete static_cast<std::string*>(string); },
      owned);
  return grpc::ByteBuffer(&slice, 1);
}

absl::Status Parse(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message) {
  grpc::ByteBuffer copy(bytes);  // of the references
  grpc::ProtoBufferReader reader(&copy);
  if (message->ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  return UnreadableMessageError(message->GetTypeName());
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchCall::Serve(grpc::CallbackServerContext* context,
                                                             const grpc::ByteBuffer& request,
                                                             const RpcMethod& method,
                                                             const ServiceParts& parts) {
  auto call = std::make_shared<WatchCall>(context, &method, &parts);
  call->self_ = call;
  const absl::Status status = call->Begin(request);
  if (!status.ok()) call->End(status);
  return call.get();
}

WatchCall::WatchCall(grpc::CallbackServerContext* context, const RpcMethod* method,
                     const ServiceParts* parts)
    : parts_(parts), call_(context, method, parts->clock, parts->observer), context_(context) {}

absl::Status WatchCall::Begin(const grpc::ByteBuffer& request) {
  LULL_RETURN_IF_ERROR(call_.Admit());
  v1::WatchJobsRequest proto;
  LULL_RETURN_IF_ERROR(Parse(request, &proto));
  LULL_ASSIGN_OR_RETURN(WatchOrder order, ToWatchOrder(proto, call_.caller()));
  return parts_->watches->Add(std::move(order), shared_from_this());
}

void WatchCall::Send(std::string message) {
  MutexLock lock(mutex_);
  if (finished_) return;
  message_ = ToByteBuffer(std::move(message));
  StartWrite(&message_);
}

void WatchCall::End(const absl::Status& status) {
  MutexLock lock(mutex_);
  if (finished_) return;
  finished_ = true;
  Finish(call_.End(status));
}

void WatchCall::Abort() {
  MutexLock lock(mutex_);
  if (context_ != nullptr) context_->TryCancel();
}

void WatchCall::OnWriteDone(bool ok) {
  if (ok) {
    parts_->watches->Sent(this);
  } else {
    OnCancel();
  }
}

void WatchCall::OnCancel() { End(ClientGoneError()); }

void WatchCall::OnDone() {
  parts_->watches->Remove(this);
  // The last one perhaps: nothing of the call may be touched after it.
  std::shared_ptr<WatchCall> self = std::move(self_);
  MutexLock lock(mutex_);
  context_ = nullptr;
}

}  // namespace lull
