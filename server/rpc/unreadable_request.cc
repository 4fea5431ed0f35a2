#include "server/rpc/unreadable_request.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
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
        methods->ModifySendStatus(ToGrpcStatus(RpcError(
            absl::StatusCode::kInvalidArgument, "INVALID_REQUEST",
            absl::StrCat("the request's bytes are no ", RequestType(rpc_),
                         " message: they are cut off, or of another type, or a text field is not "
                         "UTF-8, which is required"))));
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
