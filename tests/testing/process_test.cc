#include "tests/testing/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "absl/strings/str_cat.h"

namespace lull {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(20);

class ProcessTest : public testing::Test {
 protected:
  std::unique_ptr<Process> Shell(const std::string& script) {
    ProcessOptions options;
    options.program = "/bin/sh";
    options.arguments = {"-c", script};
    options.environment = {{"GREETING", "hello from the environment"}};
    options.log_file = folder_ + "/log";
    auto process = Process::Start(options);
    EXPECT_TRUE(process.ok()) << process.status();
    return *std::move(process);
  }

  const std::string folder_ = NewTestFolder("process_test");
};

TEST_F(ProcessTest, TellsTheExitStatusAndKeepsTheOutput) {
  auto process = Shell("echo $GREETING; exit 7");
  EXPECT_EQ(process->AwaitExit(kLimit), 7);
  EXPECT_EQ(process->LogTail(), "hello from the environment\n");
  EXPECT_FALSE(process->running());
}

TEST_F(ProcessTest, TellsTheSignalThatEndedIt) {
  auto process = Shell("sleep 100");
  EXPECT_TRUE(process->running());
  process->Kill();
  EXPECT_EQ(process->AwaitExit(absl::ZeroDuration()), 128 + SIGKILL);
  process = Shell("sleep 100 & wait");
  process->Terminate();
  EXPECT_EQ(process->AwaitExit(kLimit), 128 + SIGTERM);
}

TEST_F(ProcessTest, IsGoneWithItsObject) {
  auto process = Shell("sleep 100");
  const pid_t pid = process->pid();
  process.reset();
  EXPECT_NE(kill(pid, 0), 0);
}

TEST_F(ProcessTest, StandsStillWhileStopped) {
  auto process = Shell("sleep 100 & wait");
  process->Stop();
  process->Terminate();
  EXPECT_EQ(process->AwaitExit(absl::Milliseconds(50)), std::nullopt);
  process->Continue();
  EXPECT_EQ(process->AwaitExit(kLimit), 128 + SIGTERM);
}

TEST_F(ProcessTest, WaitsForAFile) {
  const std::string file = folder_ + "/file";
  auto process =
      Shell(absl::StrCat("echo ready > ", file, ".new; mv ", file, ".new ", file, "; sleep 100"));
  const auto content = process->AwaitFile(file, kLimit);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(*content, "ready\n");
}

TEST_F(ProcessTest, SaysWhyAFileDoesNotCome) {
  auto process = Shell("echo no such option; exit 2");
  const absl::Status status = process->AwaitFile(folder_ + "/file", kLimit).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no such option"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("status 2"));
}

TEST_F(ProcessTest, AProgramThatDoesNotExistEndsAsInAShell) {
  ProcessOptions options;
  options.program = "/no/such/program";
  options.log_file = folder_ + "/log";
  auto process = Process::Start(options);
  ASSERT_TRUE(process.ok());
  EXPECT_EQ((*process)->AwaitExit(kLimit), 127);
}

TEST(NewTestFolderTest, IsEmptyAndNewEachTime) {
  const std::string first = NewTestFolder("folder");
  std::ofstream(first + "/file") << "x";
  const std::string second = NewTestFolder("folder");
  EXPECT_NE(first, second);
  EXPECT_FALSE(std::ifstream(second + "/file").good());
}

}  // namespace
}  // namespace lull
