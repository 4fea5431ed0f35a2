// lull-server, whole: store, engine, gRPC port and HTTP port. The program runs one; tests run it in
// their own process, on port 0.
#ifndef LULL_SERVER_SERVER_H_
#define LULL_SERVER_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/server_options.h"

namespace lull {

class Server {
 public:
  // Opens the store, loads the queue and serves. `clock` is not owned and outlives the server.
  // FAILED_PRECONDITION: another server has the data directory, or its file is of a newer version;
  // DATA_LOSS: the file is damaged; UNAVAILABLE: the disk or an address cannot be used.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options,
                                                       const Clock* clock = &SystemClock());
  ~Server();  // Stop()

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "127.0.0.1:41234", with the port that was found for port 0. Empty if there is no HTTP port.
  const std::string& grpc_address() const;
  const std::string& http_address() const;

  // From now on submits are refused, long polls are answered at once, and health says NOT_SERVING;
  // reports are still taken. Any thread; returns at once.
  void Drain();

  // Waits until no worker holds a lease, at most `timeout` of the system's time. True if none does.
  bool WaitUntilIdle(absl::Duration timeout);

  // Ends every call and thread; everything acknowledged is on disk. Idempotent; not from two
  // threads.
  void Stop();

 private:
  class Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace lull

#endif  // LULL_SERVER_SERVER_H_
