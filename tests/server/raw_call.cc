#include "tests/server/raw_call.h"

#include <grpcpp/generic/generic_stub.h>

#include "absl/time/time.h"
#include "tests/server/test_server.h"

namespace lull {
namespace {

// One call, a step at a time; each waits until gRPC is done with it.
class GenericCall {
 public:
  GenericCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method)
      : stub_(channel) {
    TestServer::SetDeadline(&context_, absl::Seconds(30));
    call_ = stub_.PrepareCall(&context_, method, &queue_);
    call_->StartCall(nullptr);
    Done();
  }

  void Write(const std::string& message, bool last) {
    const grpc::Slice slice(message);
    const grpc::ByteBuffer bytes(&slice, 1);
    if (last) {
      call_->WriteLast(bytes, grpc::WriteOptions(), nullptr);
    } else {
      call_->Write(bytes, nullptr);
    }
    Done();
  }

  // False: no more come.
  bool Read(std::string* message) {
    grpc::ByteBuffer received;
    call_->Read(&received, nullptr);
    std::vector<grpc::Slice> slices;
    if (!Done() || !received.Dump(&slices).ok()) return false;
    message->clear();
    for (const grpc::Slice& part : slices) {
      message->append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
    return true;
  }

  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Done();
    return status;
  }

 private:
  bool Done() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

}  // namespace

RawReply CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                 const std::string& request) {
  GenericCall call(channel, method);
  call.Write(request, /*last=*/true);
  RawReply reply;
  call.Read(&reply.bytes);
  reply.status = call.Finish();
  return reply;
}

RawReplies CallRawStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                         const std::vector<std::string>& requests,
                         const std::function<void()>& before_last) {
  GenericCall call(channel, method);
  RawReplies replies;
  std::string message;
  for (size_t i = 0; i < requests.size(); ++i) {
    const bool last = i + 1 == requests.size();
    if (last) before_last();
    call.Write(requests[i], last);
    if (!last && call.Read(&message)) replies.messages.push_back(message);
  }
  while (call.Read(&message)) replies.messages.push_back(message);
  replies.status = call.Finish();
  return replies;
}

}  // namespace lull
