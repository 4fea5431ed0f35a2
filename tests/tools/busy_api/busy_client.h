// A busy_api in this process with the calls that its tests make again and again.
#ifndef LULL_TESTS_TOOLS_BUSY_API_BUSY_CLIENT_H_
#define LULL_TESTS_TOOLS_BUSY_API_BUSY_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/base/http/socket_client.h"
#include "tools/busy_api/busy_server.h"

namespace lull {

class BusyClient {
 public:
  // Settings for tests: no latency unless asked for.
  static BusyServerOptions Fast();

  explicit BusyClient(const BusyServerOptions& options = Fast());

  int port() const { return server_->port(); }
  BusyServer& server() { return *server_; }

  // A chat request with one user message; `more` holds further members, e.g. {"stream": true}.
  static std::string ChatBody(absl::string_view text, const nlohmann::json& more = {});
  // POSTs to /v1/chat/completions on a connection of its own.
  SocketClient::Answer Chat(absl::string_view body, const HttpHeaders& headers = {});

  // Admin calls; they fail the test unless the answer is 200.
  nlohmann::json Get(absl::string_view target);
  nlohmann::json Post(absl::string_view target, const nlohmann::json& body);
  // Waits until no call is in flight, then returns the ledger's calls after `after`.
  std::vector<nlohmann::json> Ledger(uint64_t after = 0);

 private:
  std::unique_ptr<BusyServer> server_;
};

// The data of each server-sent event of a body.
std::vector<std::string> EventData(absl::string_view body);

// The text of a completion, whole or streamed.
std::string ContentOf(const SocketClient::Answer& answer);

}  // namespace lull

#endif  // LULL_TESTS_TOOLS_BUSY_API_BUSY_CLIENT_H_
