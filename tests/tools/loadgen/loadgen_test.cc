// loadgen as a process against a real server.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/process.h"

namespace lull {
namespace {

using Json = nlohmann::json;

constexpr char kConfig[] = R"(
default_class: standard
classes: [{name: standard}]
upstreams: [{name: up, base_url: "http://127.0.0.1:9", credential: key}]
route_groups: [{name: chat, models: [m1], upstreams: [{upstream: up}]}]
)";

class LoadgenTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_ + "/server.yaml") << kConfig;
    const std::string ready = folder_ + "/ready";
    auto server = Process::Start(
        {RunfilePath("server/lull-server"),
         {"--config", folder_ + "/server.yaml", "--data-dir", folder_ + "/data", "--grpc-address",
          "127.0.0.1:0", "--http-address", "none", "--ready-file", ready},
         {},
         folder_ + "/server.log"});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto text = server_->AwaitFile(ready, absl::Minutes(1));
    ASSERT_TRUE(text.ok()) << text.status();
    address_ = Json::parse(*text)["grpc"];
  }

  // What the run printed, as JSON; `exit_code` is what it has to end with.
  Json Run(std::vector<std::string> arguments, int exit_code = 0) {
    arguments.push_back("--output=json");
    arguments.push_back(absl::StrCat("--server=", address_));
    const std::string log = absl::StrCat(folder_, "/loadgen-", ++runs_, ".log");
    auto run = Process::Start({RunfilePath("tools/loadgen/loadgen"), arguments, {}, log});
    EXPECT_TRUE(run.ok()) << run.status();
    EXPECT_EQ((*run)->AwaitExit(absl::Minutes(2)), exit_code) << (*run)->LogTail();
    std::ifstream file(log);
    return Json::parse(file, nullptr, /*allow_exceptions=*/false);
  }

  const std::string folder_ = NewTestFolder("loadgen");
  std::unique_ptr<Process> server_;
  std::string address_;
  int runs_ = 0;
};

TEST_F(LoadgenTest, EveryWayOfSubmittingCreatesAsManyJobsAsAsked) {
  for (const char* mode : {"create", "batch", "submit"}) {
    const Json report = Run({mode, "--jobs=250", "--per-message=100", "--request-ids", "--labels=2",
                             "--ttl=1h", "--time=60s", "--connections=2"});
    ASSERT_TRUE(report.is_object()) << mode;
    EXPECT_EQ(report["jobs"], 250) << report;
    EXPECT_GT(report["latency"]["p50_ms"], 0);
    EXPECT_LE(report["latency"]["p50_ms"], report["latency"]["max_ms"]);
    EXPECT_TRUE(report["errors"].empty()) << report;
  }
  const Json done = Run({"worker", "--jobs=750", "--time=60s"});
  EXPECT_EQ(done["jobs"], 750) << done;
}

TEST_F(LoadgenTest, LifeEndsWhenSoManyJobsHaveEnded) {
  for (const char* per_message : {"--per-message=50", "--per-message=1"}) {
    const Json report = Run({"life", "--jobs=500", "--time=60s", per_message, "--workers=2"});
    ASSERT_TRUE(report.is_object());
    EXPECT_GE(report["jobs"], 500);
    EXPECT_GT(report["rate"], 0);
  }
}

TEST_F(LoadgenTest, LatencyIsMeasuredForEveryJobOfTheSchedule) {
  const Json report = Run({"latency", "--rate=100", "--time=2s", "--in-flight=4"});
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report["latency"]["count"], report["jobs"]);
  EXPECT_GT(report["jobs"], 0);
}

TEST_F(LoadgenTest, EveryWatcherGetsEveryEvent) {
  const Json report = Run({"watch", "--jobs=300", "--watchers=7", "--time=60s"});
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report["jobs"], 7 * 300) << report;
  EXPECT_EQ(report["watchers"], 7);
}

TEST_F(LoadgenTest, ExitCodesTellWhatHappened) {
  Run({"create", "--jobs=10", "--model=unknown", "--time=30s"}, 3);
  Run({"create", "--time=soon"}, 2);
  Run({"latency"}, 2);
  Run({"watch"}, 2);
  server_->Kill();
  Run({"create", "--jobs=10", "--time=30s"}, 3);
}

}  // namespace
}  // namespace lull
