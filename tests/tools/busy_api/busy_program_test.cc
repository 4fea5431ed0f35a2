// The program itself: flags, port file, exit codes.

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/base/http/socket_client.h"

namespace lull {
namespace {

constexpr char kProgram[] = "tools/busy_api/busy_api";

// Runs to the end; the exit code and both outputs.
std::string Output(const std::string& flags, int* code) {
  FILE* pipe = popen(absl::StrCat(kProgram, " ", flags, " 2>&1").c_str(), "r");
  std::string out;
  char buffer[4096];
  while (const size_t size = fread(buffer, 1, sizeof(buffer), pipe)) out.append(buffer, size);
  const int status = pclose(pipe);
  *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

class Program {
 public:
  explicit Program(const std::vector<std::string>& flags) {
    std::vector<std::string> words = {kProgram, "--port", "0", "--port-file", port_file_};
    words.insert(words.end(), flags.begin(), flags.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    unlink(port_file_.c_str());
    EXPECT_EQ(posix_spawn(&pid_, kProgram, nullptr, nullptr, argv.data(), environ), 0);
  }

  // Waits for the port file; 0 if the program ends before.
  int Port() {
    int port = 0;
    while (port == 0 && waitpid(pid_, &status_, WNOHANG) == 0) {
      std::string line;
      std::ifstream file(port_file_);
      if (!std::getline(file, line)) continue;
      EXPECT_TRUE(absl::SimpleAtoi(line, &port)) << line;
    }
    return port;
  }

  int Wait() {
    waitpid(pid_, &status_, 0);
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }

  pid_t pid() const { return pid_; }

 private:
  const std::string port_file_ = ::testing::TempDir() + "/port";
  pid_t pid_ = -1;
  int status_ = 0;
};

TEST(BusyProgramTest, ServesOnThePortOfItsFileUntilItIsTerminated) {
  Program program({"--latency-ms", "0", "--token-ms", "0", "--seed", "5"});
  const int port = program.Port();
  ASSERT_GT(port, 0);
  SocketClient client(port);
  EXPECT_EQ(client
                .Call("POST", "/v1/chat/completions",
                      R"({"model":"m","messages":[{"role":"user","content":"x"}]})")
                .status,
            200);
  kill(program.pid(), SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
}

TEST(BusyProgramTest, ShutdownByCallAnswersFirst) {
  Program program({});
  SocketClient client(program.Port());
  EXPECT_EQ(client.Call("POST", "/busy/shutdown").status, 200);
  EXPECT_EQ(program.Wait(), 0);
}

// What chance and the hour decide, depends on the seed alone.
TEST(BusyProgramTest, TheClockBeginsAtTheSameTimeUnlessToldOtherwise) {
  const auto stats = [](const std::vector<std::string>& flags) {
    Program program(flags);
    SocketClient client(program.Port());
    const std::string body = client.Call("GET", "/busy/stats").body;
    EXPECT_EQ(client.Call("POST", "/busy/shutdown").status, 200);
    EXPECT_EQ(program.Wait(), 0);
    return body;
  };
  // Of a clock that does not go on, so that nothing depends on when it is asked.
  const std::vector<std::string> flags = {"--others-peak",   "0.9",  "--others-noise", "0.3",
                                          "--slots",         "1000", "--clock-speed",  "0",
                                          "--others-trough", "0.2"};
  const std::string first = stats(flags);
  EXPECT_TRUE(absl::StrContains(first, "\"virtual_time\":\"2026-01-05T00:00:0")) << first;
  const size_t share = first.find("\"others_share\"");
  ASSERT_NE(share, std::string::npos);
  EXPECT_EQ(stats(flags).substr(share, 24), first.substr(share, 24));
  EXPECT_FALSE(absl::StrContains(stats({"--clock-start", "now"}), "2026-01-05T00:0"));
}

TEST(BusyProgramTest, MistakesEndItWithAMessage) {
  int code = 0;
  EXPECT_TRUE(absl::StrContains(Output("--dialect klingon", &code), "openai|deepseek"));
  EXPECT_NE(code, 0);
  EXPECT_TRUE(absl::StrContains(Output("--slots -3", &code), "slots"));
  EXPECT_NE(code, 0);
  EXPECT_TRUE(absl::StrContains(Output("--faults nope:0.1", &code), "rate_limit_429"));
  EXPECT_NE(code, 0);
  EXPECT_TRUE(absl::StrContains(Output("--clock-start yesterday", &code), "clock-start"));
  EXPECT_NE(code, 0);
  EXPECT_TRUE(absl::StrContains(Output("--ledger /no/such/file", &code), "/no/such/file"));
  EXPECT_NE(code, 0);
  EXPECT_NE((Output("--no-such-flag", &code), code), 0);
}

TEST(BusyProgramTest, HelpNamesEverySettingPresetAndScriptMember) {
  int code = 1;
  const std::string help = Output("--help", &code);
  EXPECT_EQ(code, 0);
  for (const char* flag : {"--slots", "--outage-every-s", "--off-peak-factor", "--port-file"}) {
    EXPECT_TRUE(absl::StrContains(help, flag)) << flag;
  }
  EXPECT_TRUE(absl::StrContains(Output("--presets", &code), "cut_stream "));
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(absl::StrContains(Output("--script-members", &code), "stall_after_chunks"));
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace lull
