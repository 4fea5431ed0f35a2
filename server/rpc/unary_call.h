// One unary RPC under way: the only path by which unary RPCs are answered.
//
// ServeUnary admits the call and runs the handler on gRPC's thread, where it must not block: it
// checks and converts the request and hands the work on. Whatever it hands on keeps the call alive
// by a shared pointer and answers later, on any thread. The request belongs to gRPC and is gone
// when the call has ended, and a client that goes away ends it at any time: a handler reads the
// request only before it returns.
//
// One atomic flag decides who ends the call: an answer, an error or the client's going away. Only
// the first counts; the others find out by the result.
#ifndef LULL_SERVER_RPC_UNARY_CALL_H_
#define LULL_SERVER_RPC_UNARY_CALL_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/engine/caller.h"
#include "server/rpc/rpc_call.h"
#include "server/rpc/rpc_method.h"

namespace lull {

class UnaryCallBase : public grpc::ServerUnaryReactor,
                      public std::enable_shared_from_this<UnaryCallBase> {
 public:
  // Not owned; they outlive the call.
  UnaryCallBase(grpc::CallbackServerContext* context, const RpcMethod* method, const Clock* clock,
                RpcObserver* observer)
      : call_(context, method, clock, observer) {}

  const Caller& caller() const { return call_.caller(); }
  // See RpcCall; only before the handler returns.
  std::string Peer() const { return call_.Peer(); }
  // Until the client's deadline; centuries if it set none. Only before the handler returns.
  absl::Duration TimeLeft() const { return call_.TimeLeft(); }

  // Ends the call with an error. False: it had ended.
  bool Fail(const absl::Status& status);

  // True once the call has ended; for work that is pointless then.
  bool has_ended() const { return ended_; }
  // The same, to look at while somebody else has the call.
  std::shared_ptr<const std::atomic<bool>> ended();

 protected:
  bool Claim() { return !ended_.exchange(true); }
  void EndClaimed(const absl::Status& status);

 private:
  template <typename Reply, typename Handler>
  friend grpc::ServerUnaryReactor* ServeUnary(grpc::CallbackServerContext* context,
                                              const RpcMethod& method, const Clock& clock,
                                              RpcObserver& observer, Reply* reply, Handler handler);
  void OnCancel() override;
  void OnDone() override;

  RpcCall call_;
  std::atomic<bool> ended_{false};
  std::shared_ptr<UnaryCallBase> self_;  // until gRPC is done with the call
};

template <typename Reply>
class UnaryCall final : public UnaryCallBase {
 public:
  UnaryCall(grpc::CallbackServerContext* context, const RpcMethod* method, const Clock* clock,
            RpcObserver* observer, Reply* reply)
      : UnaryCallBase(context, method, clock, observer), reply_(reply) {}

  // Ends the call with what `fill` writes into the reply. False, without calling it, if the call
  // had ended.
  template <typename Fill>
  bool Answer(Fill fill) {
    if (!Claim()) return false;
    fill(reply_);
    EndClaimed(absl::OkStatus());
    return true;
  }

 private:
  Reply* const reply_;  // gRPC's; valid until the call ends
};

// `handler(std::shared_ptr<UnaryCall<Reply>>)` returns OK where the call is answered or will be,
// and an error to end it with.
template <typename Reply, typename Handler>
grpc::ServerUnaryReactor* ServeUnary(grpc::CallbackServerContext* context, const RpcMethod& method,
                                     const Clock& clock, RpcObserver& observer, Reply* reply,
                                     Handler handler) {
  auto call = std::make_shared<UnaryCall<Reply>>(context, &method, &clock, &observer, reply);
  call->self_ = call;
  absl::Status status = call->call_.Admit();
  if (status.ok()) status = handler(call);
  if (!status.ok()) call->Fail(status);
  return call.get();
}

// For a result that comes later: `next(value)` with its value, or the call ends with its error.
template <typename Call, typename Next>
auto OrFail(std::shared_ptr<Call> call, Next next) {
  return [call = std::move(call), next = std::move(next)](auto result) mutable {
    if (result.ok()) {
      next(*std::move(result));
    } else {
      call->Fail(result.status());
    }
  };
}

}  // namespace lull

#endif  // LULL_SERVER_RPC_UNARY_CALL_H_
