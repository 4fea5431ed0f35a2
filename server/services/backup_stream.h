// One Backup RPC under way: hands the backup to the engine, tells the client how far it is, and
// gives it up when the client goes away.
//
// A client that reads slowly is told less often, never late: only the newest progress waits.
#ifndef LULL_SERVER_SERVICES_BACKUP_STREAM_H_
#define LULL_SERVER_SERVICES_BACKUP_STREAM_H_

#include <atomic>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "grpcpp/support/server_callback.h"
#include "proto/admin_service.pb.h"
#include "server/engine/command.h"
#include "server/rpc/rpc_call.h"
#include "server/rpc/rpc_method.h"
#include "server/services/service_parts.h"

namespace lull {

class BackupStream final : public grpc::ServerWriteReactor<v1::BackupProgress>,
                           public std::enable_shared_from_this<BackupStream> {
 public:
  // Begins, on gRPC's thread. What is pointed to outlives the RPC; the request does not.
  static grpc::ServerWriteReactor<v1::BackupProgress>* Serve(grpc::CallbackServerContext* context,
                                                             const RpcMethod& method,
                                                             const ServiceParts& parts,
                                                             const v1::BackupRequest& request);

  BackupStream(grpc::CallbackServerContext* context, const RpcMethod& method,
               const ServiceParts& parts);

 private:
  absl::Status Begin(const v1::BackupRequest& request);
  void Tell(const BackupReply& progress, bool done);
  void End(const absl::Status& status);
  // Writes what waits, or finishes, where nothing is being written.
  void GoOn();

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  const ServiceParts& parts_;
  RpcCall call_;
  const std::shared_ptr<std::atomic<bool>> withdrawn_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<BackupStream> self_;  // until gRPC is done with it

  Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<v1::BackupProgress> waiting_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  v1::BackupProgress written_;  // gRPC's while it writes
};

}  // namespace lull

#endif  // LULL_SERVER_SERVICES_BACKUP_STREAM_H_
