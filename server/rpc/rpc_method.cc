#include "server/rpc/rpc_method.h"

#include "absl/strings/str_cat.h"

namespace lull {

RpcMethods::RpcMethods(const google::protobuf::ServiceDescriptor* service) {
  for (int i = 0; i < service->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *service->method(i);
    methods_[method.name()] = {absl::StrCat(service->full_name(), "/", method.name()),
                               method.options().GetExtension(v1::required_role)};
  }
}

}  // namespace lull
