#include "tests/server/raw_call.h"

#include <grpcpp/generic/generic_stub.h>

#include <vector>

#include "absl/time/time.h"
#include "tests/server/test_server.h"

namespace lull {

RawReply CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                 const std::string& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  TestServer::SetDeadline(&context, absl::Seconds(30));
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto call = stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice slice(request);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer received;
  call->Read(&received, nullptr);
  queue.Next(&tag, &ok);
  RawReply reply;
  std::vector<grpc::Slice> slices;
  if (ok && received.Dump(&slices).ok()) {
    for (const grpc::Slice& part : slices) {
      reply.bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  call->Finish(&reply.status, nullptr);
  queue.Next(&tag, &ok);
  return reply;
}

}  // namespace lull
