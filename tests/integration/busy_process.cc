#include "tests/integration/busy_process.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/base/http/socket_client.h"

namespace lull {
namespace {
constexpr absl::Duration kStartLimit = absl::Seconds(30);
}  // namespace

BusyProcess::BusyProcess(const std::vector<std::string>& arguments) {
  const std::string folder = NewTestFolder("busy_api");
  const std::string port_file = folder + "/port";
  ledger_file_ = folder + "/ledger.jsonl";
  ProcessOptions options;
  options.program = RunfilePath("tools/busy_api/busy_api");
  options.arguments = {"--port=0", "--port-file=" + port_file, "--ledger=" + ledger_file_,
                       absl::StrCat("--seed=", kSeed)};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  options.log_file = folder + "/log";
  auto process = Process::Start(options);
  if (!process.ok()) {
    ADD_FAILURE() << process.status();
    return;
  }
  process_ = *std::move(process);
  const auto port = process_->AwaitFile(port_file, kStartLimit);
  EXPECT_TRUE(port.ok() && absl::SimpleAtoi(absl::StripAsciiWhitespace(*port), &port_))
      << port.status();
}

std::string BusyProcess::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

std::string BusyProcess::AsOnlyUpstream() const {
  return absl::StrCat(R"(upstreams:
  - {name: busy, base_url: ")",
                      base_url(), R"(", credential: key}
route_groups:
  - {name: all, models: ["*"], upstreams: [{upstream: busy}]}
)");
}

void BusyProcess::Set(const std::string& settings) {
  SocketClient client(port_);
  const auto answer = client.Call("POST", "/busy/settings", settings);
  EXPECT_EQ(answer.status, 200) << answer.body;
}

void BusyProcess::AddRule(const std::string& rule) {
  SocketClient client(port_);
  const auto answer = client.Call("POST", "/busy/scripts", rule);
  EXPECT_EQ(answer.status, 200) << answer.body;
}

int BusyProcess::InFlight() {
  SocketClient client(port_);
  const auto answer = client.Call("GET", "/busy/stats");
  const auto stats = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  return stats.is_object() ? stats.value("in_flight", 0) : 0;
}

}  // namespace lull
