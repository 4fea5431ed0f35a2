// The gRPC port: the services on it, and the bounds that protect it from who connects.
#ifndef LULL_SERVER_RPC_GRPC_LISTENER_H_
#define LULL_SERVER_RPC_GRPC_LISTENER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class HealthCheckServiceInterface;
class Server;
class Service;
}  // namespace grpc

namespace lull {

class GrpcListener {
 public:
  // Serves `services`, which are not owned and outlive the listener, as well as health and
  // reflection. UNAVAILABLE: `address` cannot be listened on, for example because another process
  // does.
  static absl::StatusOr<std::unique_ptr<GrpcListener>> Start(
      const std::string& address, const std::vector<grpc::Service*>& services);
  ~GrpcListener();  // Stop()

  GrpcListener(const GrpcListener&) = delete;
  GrpcListener& operator=(const GrpcListener&) = delete;

  // As others connect to it: with the port that was found for port 0.
  const std::string& address() const { return address_; }
  grpc::HealthCheckServiceInterface* health();

  // Refuses new connections and calls, waits up to `grace` for those under way, then cancels them.
  // Returns when every call has ended. Idempotent.
  void Stop(absl::Duration grace = absl::ZeroDuration());

 private:
  GrpcListener(std::unique_ptr<grpc::Server> server, std::string address);

  std::unique_ptr<grpc::Server> server_;
  const std::string address_;
};

}  // namespace lull

#endif  // LULL_SERVER_RPC_GRPC_LISTENER_H_
