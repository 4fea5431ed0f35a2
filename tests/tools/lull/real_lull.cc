#include "tests/tools/lull/real_lull.h"

#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {

bool RealLull::StartBusyApi() {
  busy_ = std::make_unique<Program>(std::vector<std::string>{
      DataPath("tools/busy_api/busy_api"), "--port", "0", "--port-file", ScratchPath("port"),
      "--ledger", ScratchPath("ledger"), "--slots", "6", "--latency-ms", "250", "--api-keys",
      kCanaryKey, "--refuse-status", "429:1,503:1"});
  const bool ready = Eventually([] { return FileExists(ScratchPath("port")); });
  EXPECT_TRUE(ready) << busy_->Err();
  busy_port_ = std::string(absl::StripAsciiWhitespace(ReadFile(ScratchPath("port"))));
  return ready;
}

std::unique_ptr<Program> RealLull::StartUp(const std::string& grpc_address,
                                           const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {DataPath("tools/lull/lull"),
                                        "up",
                                        "--data-dir",
                                        ScratchPath("data"),
                                        "--grpc-address",
                                        grpc_address,
                                        "--http-address",
                                        "127.0.0.1:0",
                                        "--ready-file",
                                        ScratchPath("ready")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return std::make_unique<Program>(
      arguments,
      std::vector<std::string>{absl::StrCat("LULL_BASE_URL=http://127.0.0.1:", busy_port_, "/v1"),
                               absl::StrCat("LULL_API_KEY=", kCanaryKey)});
}

nlohmann::json RealLull::Ready(Program& up) {
  EXPECT_TRUE(Eventually([&] { return FileExists(ScratchPath("ready")) || !up.Running(); }));
  return nlohmann::json::parse(ReadFile(ScratchPath("ready")), nullptr,
                               /*allow_exceptions=*/false);
}

std::unique_ptr<Program> RealLull::Lull(const nlohmann::json& ready,
                                        std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), DataPath("tools/lull/lull"));
  return std::make_unique<Program>(
      arguments,
      std::vector<std::string>{absl::StrCat("LULL_SERVER=", ready["grpc"].get<std::string>())});
}

}  // namespace lull
