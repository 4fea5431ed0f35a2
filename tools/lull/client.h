// The calls of the server's API that the commands make.
#ifndef LULL_TOOLS_LULL_CLIENT_H_
#define LULL_TOOLS_LULL_CLIENT_H_

#include <google/protobuf/message_lite.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/rpc/status.pb.h"
#include "tools/lull/rpc.h"

namespace lull {

// The payload of a failed call's status that holds its google.rpc.Status, serialised, if the server
// sent one.
inline constexpr char kErrorDetailsPayload[] = "type.googleapis.com/google.rpc.Status";

// An error that stands in a reply, as a failed call would have given it.
absl::Status StatusOf(const google::rpc::Status& error);

// A connection that is made, and made again, when a call needs it. Each call is made once and fails
// with what the server said, with UNAVAILABLE when it cannot be reached, DEADLINE_EXCEEDED when its
// timeout is over, and CANCELLED after Cancel(). Messages of UNAVAILABLE and DEADLINE_EXCEEDED name
// the address. Called from any thread.
class Client {
 public:
  // `address` is "HOST:PORT" or "unix:/PATH".
  explicit Client(const std::string& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Waits for the reply at most `timeout`.
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Call(const Rpc<Request, Reply>& rpc, const Request& request,
                             absl::Duration timeout) {
    Reply reply;
    const absl::Status status = CallOnce(rpc.path, request, timeout, &reply);
    if (!status.ok()) return status;
    return reply;
  }

  // Hands each reply to `take`, in their order, until the stream ends. An error of `take` ends it
  // and is returned.
  template <typename Request, typename Reply>
  absl::Status Read(const StreamRpc<Request, Reply>& rpc, const Request& request,
                    const std::function<absl::Status(const Reply&)>& take) {
    Reply reply;
    return ReadAll(rpc.path, request, &reply, [&] { return take(reply); });
  }

  // Ends the calls under way; later ones fail at once.
  void Cancel();

  const std::string& address() const { return address_; }

 private:
  class Calls;

  absl::Status CallOnce(const char* path, const google::protobuf::MessageLite& request,
                        absl::Duration timeout, google::protobuf::MessageLite* reply);
  // `reply` holds the reply that `taken` is called for.
  absl::Status ReadAll(const char* path, const google::protobuf::MessageLite& request,
                       google::protobuf::MessageLite* reply,
                       const std::function<absl::Status()>& taken);

  const std::string address_;
  const std::unique_ptr<Calls> calls_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_CLIENT_H_
