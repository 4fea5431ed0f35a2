// The RPCs of a service, as its descriptor states them: the authorisation table is the API itself.
#ifndef LULL_SERVER_RPC_RPC_METHOD_H_
#define LULL_SERVER_RPC_RPC_METHOD_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "proto/role.pb.h"

namespace lull {

struct RpcMethod {
  std::string name;  // "lull.v1.JobService/GetJob"
  v1::Role role = v1::ROLE_UNSPECIFIED;
};

// Immutable; any thread.
class RpcMethods {
 public:
  explicit RpcMethods(const google::protobuf::ServiceDescriptor* service);

  // The service has to have a method of that name.
  const RpcMethod& Get(absl::string_view name) const { return methods_.at(name); }

 private:
  absl::flat_hash_map<std::string, RpcMethod> methods_;
};

// Told of every RPC; from any thread, must not block.
class RpcObserver {
 public:
  virtual ~RpcObserver() = default;
  virtual void OnRpcStarted(const RpcMethod& method) = 0;
  virtual void OnRpcEnded(const RpcMethod& method, absl::StatusCode code, absl::Duration took) = 0;
};

}  // namespace lull

#endif  // LULL_SERVER_RPC_RPC_METHOD_H_
