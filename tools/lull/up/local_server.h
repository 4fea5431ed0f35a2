// A server and its workers on this machine, as children of this process.
#ifndef LULL_TOOLS_LULL_UP_LOCAL_SERVER_H_
#define LULL_TOOLS_LULL_UP_LOCAL_SERVER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "tools/lull/interruption.h"
#include "tools/lull/up/supervisor.h"

namespace lull {

// As they were given on the command line; empty: not given.
struct LocalServerOptions {
  std::string config;
  std::string worker_config;
  std::string data_dir;
  std::string grpc_address;
  std::string http_address;
  int workers = 1;
  std::string base_url;
  std::string model;
  std::string log_dir;
  std::string log_level;
  std::string ready_file;
  std::string server_binary;
  std::string worker_binary;
};

// FAILED_PRECONDITION, with what to set, if the options and the environment name no upstream, or no
// key for it.
absl::Status CheckUpstream(const LocalServerOptions& options);

// Used by the main thread only.
class LocalServer {
 public:
  // `interruption` has to outlive this.
  LocalServer(const Clock& clock, Interruption& interruption, LocalServerOptions options,
              std::function<void(absl::string_view)> say);
  ~LocalServer();

  // Starts the server, then the workers, and waits until all are ready; a few lines that say where
  // everything is. NOT_FOUND: a program is missing. FAILED_PRECONDITION: one cannot start.
  // CANCELLED: interrupted. INTERNAL: a file cannot be written.
  absl::StatusOr<std::string> Start();

  // Keeps them running until the interruption, which is OK. FAILED_PRECONDITION: one ends again and
  // again.
  absl::Status Run();

  // Stops the workers, then the server, which takes the workers' last results.
  void Stop();

 private:
  absl::Status MakeFolders();
  absl::Status StartServer();
  absl::Status StartWorker(int number);
  ChildCommand ServerCommand() const;
  ChildCommand WorkerCommand(int number) const;
  absl::Status WriteReadyFile() const;
  std::string Summary() const;

  const LocalServerOptions options_;
  const std::function<void(absl::string_view)> say_;
  Supervisor supervisor_;
  std::string server_binary_;
  std::string worker_binary_;
  std::string log_dir_;
  // For the children's ready files; removed at the end.
  std::string scratch_dir_;
  // Where the server really listens: kept over its restarts, so that clients and workers find it.
  std::string grpc_address_;
  std::string http_address_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_UP_LOCAL_SERVER_H_
