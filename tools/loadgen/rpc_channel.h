// Connections to the server, and what a failed call is called.
#ifndef LULL_TOOLS_LOADGEN_RPC_CHANNEL_H_
#define LULL_TOOLS_LOADGEN_RPC_CHANNEL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace lull {

// A connection of its own, also if there is one to the same server already.
inline std::shared_ptr<grpc::Channel> NewChannel(const std::string& server, int number) {
  grpc::ChannelArguments arguments;
  arguments.SetInt("lull.connection", number);
  arguments.SetMaxReceiveMessageSize(32 << 20);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
}

// "UNAVAILABLE"; gRPC's codes are Abseil's.
inline std::string CodeName(int code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

}  // namespace lull

#endif  // LULL_TOOLS_LOADGEN_RPC_CHANNEL_H_
