// Calls without generated code: any method, any bytes.
#ifndef LULL_TESTS_SERVER_RAW_CALL_H_
#define LULL_TESTS_SERVER_RAW_CALL_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lull {

struct RawReply {
  grpc::Status status;
  std::string bytes;  // of the first message; empty: there was none
};

// Sends one message and takes one. `method`: "/PACKAGE.SERVICE/METHOD".
RawReply CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                 const std::string& request);

struct RawReplies {
  grpc::Status status;
  std::vector<std::string> messages;
};

// Of a stream both ways: after each message but the last it reads one reply, and after the last,
// with which it half-closes, all that come. `before_last` is called before the last is sent.
RawReplies CallRawStream(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
    const std::vector<std::string>& requests, const std::function<void()>& before_last = [] {});

}  // namespace lull

#endif  // LULL_TESTS_SERVER_RAW_CALL_H_
