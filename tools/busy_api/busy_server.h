// A running busy_api inside a process: the program's body, and the way for a test to have one
// without starting a program.
#ifndef LULL_TOOLS_BUSY_API_BUSY_SERVER_H_
#define LULL_TOOLS_BUSY_API_BUSY_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "tools/busy_api/settings.h"

namespace lull {

class HttpRouter;
class HttpServer;
class Ledger;
class Provider;

// 2026-01-05T00:00:00Z, a Monday: the same whenever it is started, so that the load of other
// customers, outages, quotas of a day and prices are the same again.
inline constexpr absl::Time kClockStart = absl::FromUnixSeconds(1767571200);

struct BusyServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;             // 0: any free one
  uint64_t seed = 1;        // of everything that happens by chance
  std::string ledger_file;  // empty: in memory only
  size_t ledger_kept = 200000;
  absl::Duration idle_timeout = absl::Seconds(75);  // of kept-alive connections
  absl::Time clock_start = kClockStart;             // what the accelerated clock shows at first
  Settings settings;
  std::function<void()> on_shutdown = [] {};  // POST /busy/shutdown; must not block
};

class BusyServer {
 public:
  // INVALID_ARGUMENT for a bad setting, UNAVAILABLE when the port or the ledger cannot be opened.
  static absl::StatusOr<std::unique_ptr<BusyServer>> Start(const BusyServerOptions& options,
                                                           const Clock& clock = SystemClock());
  ~BusyServer();

  int port() const;
  // "http://127.0.0.1:PORT"
  std::string url() const;
  // Waits up to `grace` for answers under way. A second call does nothing.
  void Stop(absl::Duration grace = absl::ZeroDuration());

 private:
  BusyServer(std::unique_ptr<Ledger> ledger, const BusyServerOptions& options, const Clock& clock);

  void AddApiRoutes(HttpRouter* router);

  const std::string address_;
  // In this order, so that the server is stopped before what it uses goes.
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Provider> provider_;
  std::unique_ptr<HttpRouter> router_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_BUSY_SERVER_H_
