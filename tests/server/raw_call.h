// Calls without generated code: any method, any bytes.
#ifndef LULL_TESTS_SERVER_RAW_CALL_H_
#define LULL_TESTS_SERVER_RAW_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace lull {

struct RawReply {
  grpc::Status status;
  std::string bytes;  // of the first message; empty: there was none
};

// Sends one message and takes one. `method`: "/PACKAGE.SERVICE/METHOD".
RawReply CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                 const std::string& request);

}  // namespace lull

#endif  // LULL_TESTS_SERVER_RAW_CALL_H_
