// `lull up` and `lull batch run` with the real server and worker in front of a real busy_api.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/tools/lull/batch/scratch_file.h"
#include "tests/tools/lull/program.h"
#include "tests/tools/lull/real_lull.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

std::vector<std::string> LinesOf(const std::string& path) {
  return absl::StrSplit(ReadFile(path), '\n', absl::SkipEmpty());
}

class RealProcessesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(real_.StartBusyApi()); }

  static bool IsAlive(pid_t pid) { return kill(pid, 0) == 0; }

  RealLull real_;
};

TEST_F(RealProcessesTest, UpAnswersJobsAndStopsWithAllItStarted) {
  const auto up = real_.StartUp();
  const Json ready = real_.Ready(*up);
  ASSERT_TRUE(ready.is_object()) << up->Err();
  const pid_t server = ready["server_pid"];
  const pid_t worker = ready["worker_pids"][0];
  EXPECT_TRUE(IsAlive(server));
  EXPECT_TRUE(IsAlive(worker));
  EXPECT_THAT(up->Out(),
              AllOf(HasSubstr(ready["grpc"].get<std::string>()), HasSubstr(ScratchPath("data"))));

  const auto submit = real_.Lull(
      ready, {"submit", "--model", "m", "--prompt", "Hello", "--wait", "--timeout", "30s"});
  EXPECT_EQ(submit->Wait(), 0) << submit->Err();
  EXPECT_THAT(submit->Out(), HasSubstr("SUCCEEDED"));
  // The server's environment and everything that was written are without the key.
  EXPECT_FALSE(absl::StrContains(ReadFile(absl::StrCat("/proc/", server, "/environ")), kCanaryKey));

  up->Signal(SIGTERM);
  EXPECT_EQ(up->Wait(), 0) << up->Err();
  EXPECT_FALSE(IsAlive(server));
  EXPECT_FALSE(IsAlive(worker));
  EXPECT_FALSE(FileExists(ScratchPath("ready")));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ScratchPath("data"))) {
    if (entry.is_regular_file()) {
      EXPECT_FALSE(absl::StrContains(ReadFile(entry.path().string()), kCanaryKey)) << entry.path();
    }
  }
}

TEST_F(RealProcessesTest, NothingIsLeftWhenUpItselfIsKilled) {
  const auto up = real_.StartUp();
  const Json ready = real_.Ready(*up);
  ASSERT_TRUE(ready.is_object()) << up->Err();
  up->Signal(SIGKILL);
  up->Wait();
  const pid_t server = ready["server_pid"];
  const pid_t worker = ready["worker_pids"][0];
  EXPECT_TRUE(Eventually([&] { return !IsAlive(server) && !IsAlive(worker); }));
}

TEST_F(RealProcessesTest, UpReportsAPortThatIsTaken) {
  const auto up = real_.StartUp("127.0.0.1:" + real_.busy_port());
  EXPECT_EQ(up->Wait(), 7);
  EXPECT_THAT(up->Err(), AllOf(HasSubstr("lull-server ended with exit code 1"),
                               HasSubstr("127.0.0.1:" + real_.busy_port())));
}

TEST_F(RealProcessesTest, ARunSurvivesTheServersEndAndItsOwn) {
  const std::vector<std::string> all = LinesOf(DataPath("tools/demo/requests.jsonl"));
  ASSERT_GE(all.size(), 160u);
  std::string input;
  for (size_t i = 0; i < 160; ++i) absl::StrAppend(&input, all[i], "\n");
  const std::string in = WriteScratch("in.jsonl", input);
  const std::string out = ScratchPath("out.jsonl");
  const auto up = real_.StartUp();
  Json ready = real_.Ready(*up);
  ASSERT_TRUE(ready.is_object()) << up->Err();

  auto run = real_.Lull(ready, {"batch", "run", in, "-o", out});
  const auto answered = [&](size_t count) {
    return Eventually([&] { return LinesOf(out).size() >= count; });
  };
  ASSERT_TRUE(answered(30)) << run->Err();
  const pid_t server = ready["server_pid"];
  kill(server, SIGKILL);
  ASSERT_TRUE(answered(70)) << run->Err();
  ready = real_.Ready(*up);
  EXPECT_NE(ready["server_pid"].get<pid_t>(), server);
  run->Signal(SIGKILL);
  EXPECT_EQ(run->Wait(), 128 + SIGKILL) << "it ended before it could be killed";
  // As if the last line had been cut off in mid-write.
  std::ofstream(out, std::ios::app) << "{\"id\":\"batch_req_0\",\"custom_id\":\"zh";

  run = real_.Lull(ready, {"batch", "run", in, "-o", out});
  EXPECT_EQ(run->Wait(), 0) << run->Err();
  EXPECT_THAT(run->Err(), HasSubstr("Continuing: "));
  EXPECT_THAT(run->Out(), HasSubstr("160 of 160"));
  Program check({DataPath("tools/demo/answer_check"), in, out, "--hashes"});
  EXPECT_EQ(check.Wait(), 0) << check.Out() << check.Err();

  // Calls carry the job's id: there was one job for each line.
  std::set<std::string> jobs;
  for (const std::string& line : LinesOf(ScratchPath("ledger"))) {
    const Json call = Json::parse(line);
    if (call["event"] != "received") continue;
    const std::string request_id = call["request_id"];
    jobs.insert(request_id.substr(0, request_id.find('/')));
  }
  EXPECT_EQ(jobs.size(), 160u);
  up->Signal(SIGTERM);
  EXPECT_EQ(up->Wait(), 0) << up->Err();
}

}  // namespace
}  // namespace lull
