#include "server/rpc/unreadable_request.h"

#include <algorithm>
#include <string>

#include "google/protobuf/descriptor.h"
#include "server/api/rpc_error.h"
#include "server/rpc/grpc_status.h"

namespace lull {
namespace {

// The full name of the request's type, of the RPC "/PACKAGE.SERVICE/METHOD".
std::string RequestType(const char* rpc) {
  std::string name(rpc + (*rpc == '/' ? 1 : 0));
  std::replace(name.begin(), name.end(), '/', '.');
  const google::protobuf::MethodDescriptor* method =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  return method == nullptr ? name : method->input_type()->full_name();
}

class Interceptor final : public grpc::experimental::Interceptor {
 public:
  explicit Interceptor(const char* rpc) : rpc_(rpc) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const grpc::Status status = methods->GetSendStatus();
      // RPCs that are not offered say so in words.
      if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED &&
          status.error_message().empty()) {
        methods->ModifySendStatus(ToGrpcStatus(UnreadableMessageError(RequestType(rpc_))));
      }
    }
    methods->Proceed();
  }

 private:
  const char* const rpc_;  // of the registered method: outlives every call
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new Interceptor(info->method());
  }
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
NewUnreadableRequestInterceptors() {
  return std::make_unique<Factory>();
}

}  // namespace lull
