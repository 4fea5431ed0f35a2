// What every RPC has, unary or streaming: who asks, whether they may, how long they wait, and its
// place in the metrics.
#ifndef LULL_SERVER_RPC_RPC_CALL_H_
#define LULL_SERVER_RPC_RPC_CALL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "server/engine/caller.h"
#include "server/rpc/rpc_method.h"

namespace lull {

// Owned by the RPC's reactor, which calls Admit first and End once, before it finishes.
class RpcCall {
 public:
  // Counts the RPC's start. Nothing is owned; all of it outlives the call.
  RpcCall(grpc::CallbackServerContext* context, const RpcMethod* method, const Clock* clock,
          RpcObserver* observer);

  RpcCall(const RpcCall&) = delete;
  RpcCall& operator=(const RpcCall&) = delete;

  // Finds out who asks. UNAUTHENTICATED, PERMISSION_DENIED.
  absl::Status Admit();

  const Caller& caller() const { return caller_; }

  // Where it comes from, as gRPC writes it, e.g. "ipv4:127.0.0.1:4711". Only while gRPC has the
  // call.
  std::string Peer() const { return context_->peer(); }

  // Until the client's deadline; centuries if it set none. Only while gRPC has the call.
  absl::Duration TimeLeft() const;

  // Counts the RPC's end, and gives what gRPC is to finish it with.
  grpc::Status End(const absl::Status& status);

 private:
  grpc::CallbackServerContext* const context_;
  const RpcMethod* const method_;
  const Clock* const clock_;
  RpcObserver* const observer_;
  const absl::Duration start_;
  Caller caller_;
};

// What a call ends with that the client gave up, or whose deadline is over.
absl::Status ClientGoneError();

}  // namespace lull

#endif  // LULL_SERVER_RPC_RPC_CALL_H_
