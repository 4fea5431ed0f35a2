#include "tools/lull/up/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SupervisorTest : public testing::Test {
 protected:
  // A program of shell commands. $READY is its ready file.
  SupervisedProgram Shell(const std::string& name, const std::string& script) {
    SupervisedProgram program;
    program.name = name;
    program.ready_path = ScratchPath(name + ".ready");
    ChildCommand command;
    command.argv = {"/bin/sh", "-c", script};
    command.environment = {"PATH=/usr/bin:/bin", "READY=" + program.ready_path,
                           "RUNS=" + ScratchPath(name + ".runs")};
    command.log_path = ScratchPath(name + ".log");
    program.command = [command] { return command; };
    return program;
  }

  std::string Said() const {
    MutexLock lock(mutex_);
    return said_;
  }

  mutable Mutex mutex_;
  std::string said_ ABSL_GUARDED_BY(mutex_);
  Interruption interruption_;
  Supervisor supervisor_{SystemClock(), interruption_, [this](absl::string_view message) {
                           MutexLock lock(mutex_);
                           absl::StrAppend(&said_, message, "\n");
                         }};
};

constexpr char kServe[] = "echo up > $READY.new; mv $READY.new $READY; exec sleep 1000";

TEST_F(SupervisorTest, WaitsUntilAProgramIsReady) {
  const absl::StatusOr<std::string> ready = supervisor_.Start(Shell("a", kServe));
  ASSERT_TRUE(ready.ok()) << ready.status();
  EXPECT_EQ(*ready, "up\n");
  ASSERT_THAT(supervisor_.Pids(), SizeIs(1));
  EXPECT_EQ(kill(supervisor_.Pids()[0], 0), 0);
  EXPECT_NE(getpgid(supervisor_.Pids()[0]), getpgid(0)) << "Ctrl-C would reach it";
}

TEST_F(SupervisorTest, ReportsAProgramThatCannotStart) {
  const absl::Status status =
      supervisor_.Start(Shell("a", "echo port is in use >&2; exit 3")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("a ended with exit code 3 before it was ready"),
                    HasSubstr("port is in use")));
}

TEST_F(SupervisorTest, ReportsAProgramThatIsNotThere) {
  SupervisedProgram program = Shell("a", "");
  program.command = [] {
    ChildCommand command;
    command.argv = {"/nowhere/program"};
    return command;
  };
  EXPECT_THAT(std::string(supervisor_.Start(program).status().message()),
              HasSubstr("with exit code 127"));
}

TEST_F(SupervisorTest, StartsAProgramAgainThatWasKilled) {
  ASSERT_TRUE(supervisor_.Start(Shell("a", kServe)).ok());
  ASSERT_TRUE(supervisor_.Start(Shell("b", kServe)).ok());
  const std::vector<pid_t> before = supervisor_.Pids();
  kill(before[0], SIGKILL);
  EXPECT_TRUE(supervisor_.Run([this] { interruption_.Stop(); }).ok());
  const std::vector<pid_t> after = supervisor_.Pids();
  EXPECT_NE(after[0], before[0]);
  EXPECT_EQ(kill(after[0], 0), 0);
  EXPECT_EQ(after[1], before[1]) << "the other one was left alone";
  EXPECT_THAT(Said(), AllOf(HasSubstr("a ended by signal 9 (Killed); starting it again in 200ms"),
                            HasSubstr("a is running again")));
}

TEST_F(SupervisorTest, GivesUpOnAProgramThatCannotStartAnyMore) {
  // Serves the first time only.
  ASSERT_TRUE(supervisor_
                  .Start(Shell("a", absl::StrCat("[ -e $RUNS ] && { echo broken >&2; exit 4; }; "
                                                 "touch $RUNS; ",
                                                 kServe)))
                  .ok());
  kill(supervisor_.Pids()[0], SIGKILL);
  const absl::Status status = supervisor_.Run([] {});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("with exit code 4, again and again"), HasSubstr("broken")));
}

TEST_F(SupervisorTest, StopsTheLastStartedFirst) {
  const std::string order = ScratchPath("order");
  const std::string script = absl::StrCat("trap 'echo $0 >> ", order,
                                          "; exit 0' TERM; echo up > $READY; "
                                          "while :; do sleep 0.01; done");
  for (const char* name : {"server", "worker"}) {
    SupervisedProgram program = Shell(name, "");
    ChildCommand command = program.command();
    command.argv = {"/bin/sh", "-c", script, name};
    program.command = [command] { return command; };
    ASSERT_TRUE(supervisor_.Start(program).ok());
  }
  supervisor_.Stop(absl::Seconds(30));
  EXPECT_EQ(ReadFile(order), "worker\nserver\n");
  EXPECT_THAT(supervisor_.Pids(), ElementsAre(0, 0));
}

TEST_F(SupervisorTest, KillsAProgramThatDoesNotStop) {
  ASSERT_TRUE(
      supervisor_.Start(Shell("a", "trap '' TERM; echo up > $READY; while :; do sleep 0.01; done"))
          .ok());
  const pid_t pid = supervisor_.Pids()[0];
  supervisor_.Stop(absl::Milliseconds(50));
  EXPECT_NE(kill(pid, 0), 0);
  EXPECT_THAT(Said(), HasSubstr("a does not stop; killing it"));
}

TEST_F(SupervisorTest, IsInterruptedWhileAProgramStarts) {
  std::thread stop([this] { interruption_.Stop(); });
  EXPECT_EQ(supervisor_.Start(Shell("a", "exec sleep 1000")).status().code(),
            absl::StatusCode::kCancelled);
  stop.join();
}

}  // namespace
}  // namespace lull
