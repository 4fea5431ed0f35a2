// The real programs together: `lull up` in front of a busy_api.
#ifndef LULL_TESTS_TOOLS_LULL_REAL_LULL_H_
#define LULL_TESTS_TOOLS_LULL_REAL_LULL_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/lull/program.h"

namespace lull {

// The key that busy_api takes; nothing that Lull writes may hold it.
inline constexpr char kCanaryKey[] = "canary-key-7f3a";

// Its data lies in the test's scratch folder. The test has the programs as its data.
class RealLull {
 public:
  // Starts busy_api; false, with a test failure, if it does not.
  bool StartBusyApi();

  // Starts `lull up`. `more` are arguments for it.
  std::unique_ptr<Program> StartUp(const std::string& grpc_address = "127.0.0.1:0",
                                   const std::vector<std::string>& more = {});

  // Waits for `lull up`; what its ready file says.
  nlohmann::json Ready(Program& up);

  // Starts `lull` as a client of the server in `ready`.
  std::unique_ptr<Program> Lull(const nlohmann::json& ready, std::vector<std::string> arguments);

  Program& busy_api() { return *busy_; }
  const std::string& busy_port() const { return busy_port_; }

 private:
  std::unique_ptr<Program> busy_;
  std::string busy_port_;
};

}  // namespace lull

#endif  // LULL_TESTS_TOOLS_LULL_REAL_LULL_H_
