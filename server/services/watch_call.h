// One WatchJobs call: the way between gRPC's callbacks and the WatchHub. Holds no messages; one is
// on its way at a time.
#ifndef LULL_SERVER_SERVICES_WATCH_CALL_H_
#define LULL_SERVER_SERVICES_WATCH_CALL_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/rpc_call.h"
#include "server/rpc/rpc_method.h"
#include "server/services/service_parts.h"
#include "server/watch/watch_hub.h"

namespace lull {

// Begun by Serve on gRPC's thread; keeps itself until gRPC is done with it.
class WatchCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                        public WatchSink,
                        public std::enable_shared_from_this<WatchCall> {
 public:
  // `request` is a serialized WatchJobsRequest.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Serve(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer& request,
                                                           const RpcMethod& method,
                                                           const ServiceParts& parts);

  WatchCall(grpc::CallbackServerContext* context, const RpcMethod* method,
            const ServiceParts* parts);

  // ---- WatchSink
  void Send(std::string message) override;
  void End(const absl::Status& status) override;
  void Abort() override;

 private:
  absl::Status Begin(const grpc::ByteBuffer& request);

  // ---- gRPC's threads
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  const ServiceParts* const parts_;
  RpcCall call_;

  Mutex mutex_;
  grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(mutex_);  // null once gRPC is done
  grpc::ByteBuffer message_ ABSL_GUARDED_BY(mutex_);              // on its way
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<WatchCall> self_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_WATCH_CALL_H_
