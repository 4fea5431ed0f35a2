// Lull's own programs as processes that a test starts, kills and starts again.
#ifndef LULL_TESTS_INTEGRATION_LULL_PROCESS_H_
#define LULL_TESTS_INTEGRATION_LULL_PROCESS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/integration/metrics_page.h"
#include "tests/testing/process.h"

namespace lull {

// A server with a store of its own. The first start takes free ports, all later ones the same
// again.
class ServerProcess {
 public:
  // `config`: the YAML file's content. `data_dir`: empty for one of its own. Starts nothing yet.
  explicit ServerProcess(const std::string& config, const std::string& data_dir = "");

  // In place of the constructor's, for the next start.
  void SetConfig(const std::string& config);
  // Fails the test if it does not come up. Returns how long that took.
  absl::Duration Start();
  // SIGKILL.
  void Kill();
  // SIGTERM; fails the test unless it ends by itself with status 0.
  void Stop();

  const std::string& address() const { return grpc_address_; }
  const std::string& data_dir() const { return data_dir_; }
  Process& process() { return *process_; }
  MetricsPage Metrics() const;

 private:
  const std::string folder_;
  const std::string data_dir_;
  std::string grpc_address_ = "127.0.0.1:0";
  std::string http_address_ = "127.0.0.1:0";
  std::unique_ptr<Process> process_;
};

struct WorkerOptions {
  std::string id = "worker";
  int max_in_flight = 32;
  std::string credential = "key";    // its name; empty: none
  std::vector<std::string> origins;  // that it may be sent to
  std::string config;                // further lines of the YAML file
};

class WorkerProcess {
 public:
  // Starts nothing yet.
  WorkerProcess(const ServerProcess& server, WorkerOptions options);

  // Fails the test if it does not come up. The server has to run.
  void Start();
  void Kill();
  void Stop();
  Process& process() { return *process_; }

 private:
  const ServerProcess& server_;
  const WorkerOptions options_;
  const std::string folder_;
  std::unique_ptr<Process> process_;
};

}  // namespace lull

#endif  // LULL_TESTS_INTEGRATION_LULL_PROCESS_H_
