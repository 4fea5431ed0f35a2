// top, classes, upstreams, workers, usage, backup: the real program against a server that answers
// as it is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "tests/tools/lull/lull_command.h"
#include "tests/tools/lull/pty_program.h"
#include "tests/tools/lull/scripted_server.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAlternateScreen[] = "\x1b[?1049h";
constexpr char kScreenAsBefore[] = "\x1b[?1049l";

class OperatorCommandsTest : public testing::Test {
 protected:
  OperatorCommandsTest() {
    server_.On<v1::GetOverviewRequest, v1::Overview>(
        kGetOverview, [this](const v1::GetOverviewRequest&) {
          MutexLock lock(mutex_);
          v1::Overview overview;
          overview.mutable_time()->set_seconds(1'790'000'000);
          overview.set_version(absl::StrCat("picture-", ++pictures_));
          overview.add_classes()->set_name("interactive");
          overview.add_upstreams()->set_name("deepseek");
          if (shrunk_ != nullptr && pictures_ == 1) shrunk_->Resize(10, 60);
          return overview;
        });
  }

  LullRun Lull(const std::vector<std::string>& arguments) {
    return RunLull(server_.address(), arguments);
  }

  PtyProgram LullOnATerminal(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), DataPath("tools/lull/lull"));
    return PtyProgram(arguments, {"LULL_SERVER=" + server_.address()});
  }

  Mutex mutex_;
  int pictures_ ABSL_GUARDED_BY(mutex_) = 0;
  PtyProgram* shrunk_ ABSL_GUARDED_BY(mutex_) = nullptr;  // while it waits for its first picture
  ScriptedServer server_;
};

TEST_F(OperatorCommandsTest, TopIsRedrawnInPlaceAndLeavesTheTerminalAsItWas) {
  PtyProgram top = LullOnATerminal({"top", "--interval", "1"});
  ASSERT_TRUE(top.WaitFor(kAlternateScreen)) << top.screen();
  ASSERT_TRUE(top.WaitFor("picture-1")) << top.screen();
  ASSERT_TRUE(top.WaitFor("\x1b[H"));
  ASSERT_TRUE(top.WaitFor("picture-2"));
  EXPECT_THAT(top.screen(), AllOf(HasSubstr("interactive"), HasSubstr("deepseek"),
                                  HasSubstr("There is no worker")));
  top.Type("q");
  EXPECT_EQ(top.Wait(), 0);
  EXPECT_THAT(top.screen(), HasSubstr(kScreenAsBefore));
}

TEST_F(OperatorCommandsTest, TopEndsAtCtrlCAndSigtermWithTheTerminalAsItWas) {
  for (const bool key : {true, false}) {
    PtyProgram top = LullOnATerminal({"top"});
    ASSERT_TRUE(top.WaitFor("picture-"));
    if (key) {
      top.Type("\x03");
    } else {
      top.Signal(SIGTERM);
    }
    EXPECT_EQ(top.Wait(), 0);
    EXPECT_THAT(top.screen(), HasSubstr(kScreenAsBefore));
  }
}

TEST_F(OperatorCommandsTest, TopIsRedrawnWhenTheWindowChanges) {
  PtyProgram top = LullOnATerminal({"top", "--interval", "3600"});
  ASSERT_TRUE(top.WaitFor("picture-1"));
  ASSERT_TRUE(top.WaitFor("q ends"));
  top.Resize(10, 60);
  EXPECT_TRUE(top.WaitFor("picture-2")) << top.screen();
}

TEST_F(OperatorCommandsTest, TopIsRedrawnWhenTheWindowChangesBeforeThePictureIsThere) {
  std::unique_ptr<PtyProgram> top;
  {
    MutexLock lock(mutex_);
    top.reset(new PtyProgram(LullOnATerminal({"top", "--interval", "3600"})));
    shrunk_ = top.get();
  }
  ASSERT_TRUE(top->WaitFor("picture-1"));
  EXPECT_TRUE(top->WaitFor("picture-2")) << top->screen();
}

TEST_F(OperatorCommandsTest, TopGoesOnWhileTheServerRestarts) {
  PtyProgram top = LullOnATerminal({"top", "--interval", "1"});
  ASSERT_TRUE(top.WaitFor("picture-"));
  server_.Stop();
  ASSERT_TRUE(top.WaitFor("no server answers")) << top.screen();
  ASSERT_TRUE(top.WaitFor("interactive")) << "the last picture stays";
  server_.Start();
  EXPECT_TRUE(top.WaitFor("picture-")) << top.screen();
}

TEST_F(OperatorCommandsTest, TopShowsOnePictureToAProgram) {
  LullRun run = Lull({"top"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("picture-1"), Not(HasSubstr("\x1b"))));
  run = Lull({"top", "-o", "json"});
  EXPECT_THAT(run.out, HasSubstr("\"version\":\"picture-2\""));
  server_.Stop();
  EXPECT_EQ(Lull({"top"}).code, 3);
}

TEST_F(OperatorCommandsTest, ListsTheServersParts) {
  EXPECT_THAT(Lull({"classes"}).out, HasSubstr("interactive"));
  EXPECT_THAT(Lull({"upstreams"}).out, HasSubstr("deepseek"));
  EXPECT_THAT(Lull({"upstreams", "-o", "json"}).out, HasSubstr("{\"name\":\"deepseek\"}\n"));
  server_.On<v1::ListWorkersRequest, v1::ListWorkersResponse>(
      kListWorkers, [](const v1::ListWorkersRequest&) { return v1::ListWorkersResponse(); });
  EXPECT_THAT(Lull({"workers"}).err, HasSubstr("There are no workers"));
}

TEST_F(OperatorCommandsTest, PausesAndResumesClassesAndDrainsWorkers) {
  server_.On<v1::PauseClassRequest, v1::ClassStatus>(
      kPauseClass, [](const v1::PauseClassRequest& request) -> absl::StatusOr<v1::ClassStatus> {
        if (request.class_name() != "batch") {
          return ServerError(absl::StatusCode::kNotFound, "there is no class \"x\"",
                             "UNKNOWN_CLASS");
        }
        v1::ClassStatus status;
        status.set_name(request.class_name());
        status.set_paused(true);
        status.set_pause_reason(request.reason());
        return status;
      });
  server_.On<v1::ResumeClassRequest, v1::ClassStatus>(kResumeClass,
                                                      [](const v1::ResumeClassRequest& request) {
                                                        v1::ClassStatus status;
                                                        status.set_name(request.class_name());
                                                        return status;
                                                      });
  server_.On<v1::DrainWorkerRequest, v1::WorkerStatus>(kDrainWorker,
                                                       [](const v1::DrainWorkerRequest& request) {
                                                         v1::WorkerStatus status;
                                                         status.set_worker_id(request.worker_id());
                                                         status.set_draining(true);
                                                         return status;
                                                       });
  LullRun run = Lull({"classes", "pause", "batch", "--reason", "too dear"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("PAUSED: too dear"));
  EXPECT_THAT(Lull({"classes", "resume", "batch"}).out, HasSubstr("open"));
  EXPECT_THAT(Lull({"workers", "drain", "w1"}).out, HasSubstr("draining"));
  run = Lull({"classes", "pause", "x"});
  EXPECT_EQ(run.code, 4);
  EXPECT_THAT(run.err, HasSubstr("there is no class"));
  EXPECT_EQ(Lull({"classes", "pause"}).code, 2);
  EXPECT_EQ(Lull({"classes", "pause", "batch", "--until", "soon"}).code, 2);
}

TEST_F(OperatorCommandsTest, UsageTurnsAllPages) {
  server_.On<v1::GetUsageRequest, v1::GetUsageResponse>(
      kGetUsage, [](const v1::GetUsageRequest& request) {
        v1::GetUsageResponse page;
        v1::UsageRow& row = *page.add_rows();
        row.set_day("2026-11-01");
        row.set_tenant(request.tenant());
        row.set_class_name(absl::StrCat("class", request.page_token()));
        row.set_calls(3);
        if (request.page_token().empty()) page.set_next_page_token("2");
        return page;
      });
  LullRun run = Lull({"usage", "--tenant", "t"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("class2"), HasSubstr("total"), HasSubstr("6")));
  run = Lull({"usage", "--by", "day", "-o", "json"});
  EXPECT_THAT(run.out, HasSubstr("\"day\":\"2026-11-01\",\"calls\":\"6\""));
}

TEST_F(OperatorCommandsTest, BackupShowsAProgressBarAndPrintsThePath) {
  server_.On<v1::BackupRequest, v1::BackupProgress>(
      kBackup, [](const v1::BackupRequest& request,
                  const std::function<bool(const v1::BackupProgress&)>& write) {
        if (request.file_name() == "there") {
          return ServerError(absl::StatusCode::kAlreadyExists, "there is a file \"there\"",
                             "BACKUP_EXISTS");
        }
        v1::BackupProgress progress;
        progress.set_total_bytes(4 << 20);
        progress.set_copied_bytes(1 << 20);
        write(progress);
        if (request.file_name() == "half") return absl::OkStatus();
        progress.set_copied_bytes(4 << 20);
        progress.set_done(true);
        progress.set_path("/data/backups/" + request.file_name());
        write(progress);
        return absl::OkStatus();
      });
  LullRun run = Lull({"backup", "--name", "a.db"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "/data/backups/a.db\n");
  EXPECT_EQ(run.err, "") << "no bar without a terminal";
  EXPECT_EQ(Lull({"backup", "--name", "there"}).code, 5);
  run = Lull({"backup", "--name", "half"});
  EXPECT_EQ(run.code, 7);
  EXPECT_THAT(run.err, HasSubstr("before it was complete"));
  PtyProgram backup = LullOnATerminal({"backup", "--name", "b.db"});
  EXPECT_EQ(backup.Wait(), 0);
  EXPECT_THAT(backup.screen(), AllOf(HasSubstr("[#####---------------] 1.0 MiB of 4.0 MiB"),
                                     HasSubstr("/data/backups/b.db")));
}

}  // namespace
}  // namespace lull
