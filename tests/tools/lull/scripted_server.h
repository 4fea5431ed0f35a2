// A server that answers each call as a test tells it, over real gRPC.
#ifndef LULL_TESTS_TOOLS_LULL_SCRIPTED_SERVER_H_
#define LULL_TESTS_TOOLS_LULL_SCRIPTED_SERVER_H_

#include <google/protobuf/message_lite.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "tools/lull/rpc.h"

namespace lull {

// Calls without a script get UNIMPLEMENTED. Scripts are called on threads of their own, one for
// each call, and are set before the first call.
class ScriptedServer {
 public:
  // Sends one message; false when the client is gone.
  using Send = std::function<bool(const google::protobuf::MessageLite&)>;

  ScriptedServer();
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  template <typename Request, typename Reply>
  void On(const Rpc<Request, Reply>& rpc,
          std::function<absl::StatusOr<Reply>(const Request&)> answer) {
    scripts_[rpc.path] = [answer = std::move(answer)](const std::string& bytes, const Send& send) {
      Request request;
      request.ParseFromString(bytes);
      const absl::StatusOr<Reply> reply = answer(request);
      if (!reply.ok()) return reply.status();
      send(*reply);
      return absl::OkStatus();
    };
  }

  template <typename Request, typename Reply>
  void
  On(const StreamRpc<Request, Reply>& rpc,
     std::function<absl::Status(const Request&, const std::function<bool(const Reply&)>&)> answer) {
    scripts_[rpc.path] = [answer = std::move(answer)](const std::string& bytes, const Send& send) {
      Request request;
      request.ParseFromString(bytes);
      return answer(request, [&send](const Reply& reply) { return send(reply); });
    };
  }

  // Starts to listen, always on the same port. Stop() ends calls under way.
  void Start();
  void Stop();

  // Waits for Stop(); for scripts of streams that have no end.
  void AwaitStop();

  // "127.0.0.1:PORT"
  const std::string& address() const { return address_; }

 private:
  class Listener;
  using Script = std::function<absl::Status(const std::string& request, const Send& send)>;

  std::map<std::string, Script> scripts_;
  std::unique_ptr<Listener> listener_;
  Mutex mutex_;
  CondVar stopped_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  int port_ = 0;
  std::string address_;
};

// An error as the real server gives it.
absl::Status ServerError(absl::StatusCode code, const std::string& message,
                         const std::string& reason,
                         const std::map<std::string, std::string>& metadata = {});

}  // namespace lull

#endif  // LULL_TESTS_TOOLS_LULL_SCRIPTED_SERVER_H_
