// Whether the server takes jobs, told to grpc.health.v1.Health and to /healthz: not before the
// engine has its state, not while it recovers it, and not once the server drains. Any thread.
#ifndef LULL_SERVER_RPC_HEALTH_H_
#define LULL_SERVER_RPC_HEALTH_H_

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace grpc {
class HealthCheckServiceInterface;
}

namespace lull {

class Health {
 public:
  // From now on `service` is told, for each gRPC service and as a whole. Null: nobody is told.
  void Attach(grpc::HealthCheckServiceInterface* service);

  void SetRecovered(bool recovered);
  void SetDraining();

  bool serving() const;

 private:
  bool ServingLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return recovered_ && !draining_;
  }
  void TellLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  grpc::HealthCheckServiceInterface* service_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool recovered_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace lull

#endif  // LULL_SERVER_RPC_HEALTH_H_
