#include "tools/lull/batch/batch_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/tools/lull/batch/scratch_file.h"
#include "tests/tools/lull/fake_job_service.h"
#include "tools/lull/batch/batch_line.h"
#include "tools/lull/error_text.h"

namespace lull {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> LinesOf(const std::string& path) {
  return absl::StrSplit(ReadFile(path), '\n', absl::SkipEmpty());
}

std::multiset<std::string> CustomIdsOf(const std::string& path) {
  std::multiset<std::string> ids;
  for (const std::string& line : LinesOf(path)) {
    ids.insert(BatchLineParser().ParseCustomId(line).value_or("not a line: " + line));
  }
  return ids;
}

class BatchRunTest : public testing::Test {
 protected:
  void WriteInput(int lines) {
    std::string input;
    ids_.clear();
    for (int i = 0; i < lines; ++i) {
      ids_.insert(absl::StrCat("r", i));
      absl::StrAppend(&input, R"({"custom_id":"r)", i,
                      R"(","method":"POST","url":"/v1/x","body":{"model":"m","n":"<)", i,
                      ">\"}}\n");
    }
    WriteScratch("in.jsonl", input);
  }

  // Runs, or goes on with, the batch as a new process would.
  absl::Status RunBatch(Interruption& interruption) {
    absl::StatusOr<RunLedger> ledger = RunLedger::Open(paths_, "options");
    if (!ledger.ok()) return ledger.status();
    Client client(service_.address());
    ProgressDisplay display(SystemClock(), /*quiet=*/true);
    const absl::Status status =
        BatchRun(SystemClock(), client, interruption, *ledger, display, options_).Run();
    summary_ = ledger->tally().Summary();
    return status;
  }
  absl::Status RunBatch() {
    Interruption interruption;
    return RunBatch(interruption);
  }

  void ExpectAllAnsweredOnce() {
    EXPECT_EQ(CustomIdsOf(paths_.output), ids_);
    EXPECT_FALSE(FileExists(paths_.errors)) << ReadFile(paths_.errors);
    for (const std::string& line : LinesOf(paths_.output)) {
      const std::string id = *BatchLineParser().ParseCustomId(line);
      EXPECT_THAT(line, HasSubstr(absl::StrCat("<", id.substr(1), ">"))) << "another's answer";
    }
  }

  FakeJobService service_;
  std::multiset<std::string> ids_;
  const RunPaths paths_ = {ScratchPath("in.jsonl"), ScratchPath("out.jsonl"),
                           ScratchPath("err.jsonl")};
  BatchRunOptions options_;
  RunSummary summary_;
};

TEST_F(BatchRunTest, AnswersEachLineOnce) {
  WriteInput(1500);
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
  EXPECT_EQ(service_.jobs_made(), 1500);
  EXPECT_EQ(summary_.answered, 1500u);
  EXPECT_EQ(summary_.attempts, 3000);
  EXPECT_EQ(summary_.refusals_absorbed, 1500);
  EXPECT_EQ(summary_.time_p50, absl::Seconds(3));
}

TEST_F(BatchRunTest, PutsTheOptionsIntoEveryJob) {
  WriteInput(3);
  options_.job.class_name = "batch";
  options_.job.priority = -2;
  options_.job.labels = {{"team", "a"}};
  options_.job.ttl = absl::Hours(2);
  ASSERT_TRUE(RunBatch().ok());
  ASSERT_THAT(service_.Jobs(), SizeIs(3));
  for (const v1::Job& job : service_.Jobs()) {
    EXPECT_EQ(job.class_name(), "batch");
    EXPECT_EQ(job.priority(), -2);
    EXPECT_EQ(job.labels().at("team"), "a");
    EXPECT_EQ(job.ttl().seconds(), 7200);
    EXPECT_EQ(job.request().method(), "POST");
    EXPECT_EQ(job.request().path(), "/v1/x");
  }
}

TEST_F(BatchRunTest, MakesNoSecondJobWhenTheReplyIsLost) {
  WriteInput(500);
  service_.LoseNextCreateReplies(2);
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
  EXPECT_EQ(service_.jobs_made(), 500);
}

TEST_F(BatchRunTest, ContinuesAfterAnInterruptionWithoutASecondJob) {
  WriteInput(600);
  options_.live_jobs_max = 100;
  Interruption interruption;
  int ended = 0;
  service_.SetEnd([&](v1::Job& job) {
    job.set_state(v1::JOB_STATE_SUCCEEDED);
    job.mutable_response()->set_body(job.request().body());
    if (++ended == 150) interruption.Stop();
  });
  EXPECT_EQ(RunBatch(interruption).code(), absl::StatusCode::kCancelled);
  const size_t before = LinesOf(paths_.output).size();
  EXPECT_GT(before, 0u);
  EXPECT_LT(before, 600u);
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
  EXPECT_EQ(service_.jobs_made(), 600);
  EXPECT_EQ(summary_.answered, 600u);
}

// Killed after the server took the jobs and before the journal said so, in mid-line.
TEST_F(BatchRunTest, ContinuesFromATornJournalWithoutASecondJob) {
  WriteInput(300);
  service_.SetLooksBeforeEnd(1'000'000);
  Interruption interruption;
  std::thread run([&] { (void)RunBatch(interruption); });
  service_.WaitForJobs(300);
  interruption.Stop();
  run.join();
  const std::string journal = ReadFile(paths_.Journal());
  WriteScratch("out.jsonl.lull-run", journal.substr(0, journal.size() / 2));
  WriteScratch("out.jsonl", "{\"id\":\"batch_req_job-1\",\"custom_id\":\"r");
  service_.SetLooksBeforeEnd(1);
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
  EXPECT_EQ(service_.jobs_made(), 300);
}

TEST_F(BatchRunTest, DoesNothingWhenAllIsDone) {
  WriteInput(10);
  ASSERT_TRUE(RunBatch().ok());
  const int64_t calls = service_.calls();
  const std::string output = ReadFile(paths_.output);
  ASSERT_TRUE(RunBatch().ok());
  EXPECT_EQ(service_.calls(), calls);
  EXPECT_EQ(ReadFile(paths_.output), output);
  EXPECT_EQ(summary_.answered, 10u);
}

TEST_F(BatchRunTest, SitsOutARestartOfTheServer) {
  WriteInput(400);
  options_.live_jobs_max = 50;
  std::thread restarts([this] {
    service_.WaitForJobs(100);
    service_.Stop();
    service_.Start();
  });
  const absl::Status status = RunBatch();
  restarts.join();
  ASSERT_TRUE(status.ok()) << status;
  ExpectAllAnsweredOnce();
  EXPECT_EQ(service_.jobs_made(), 400);
}

TEST_F(BatchRunTest, GivesUpOnAServerThatStaysAway) {
  WriteInput(3);
  options_.patience = absl::Milliseconds(1);
  service_.Stop();
  EXPECT_EQ(RunBatch().code(), absl::StatusCode::kUnavailable);
  service_.Start();
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
}

TEST_F(BatchRunTest, WaitsWhileTheQueueIsFull) {
  WriteInput(20);
  service_.FillQueueForNextCreates(3);
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
}

TEST_F(BatchRunTest, NeverHasMoreLiveJobsThanAllowed) {
  WriteInput(120);
  options_.live_jobs_max = 7;
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
  EXPECT_LE(service_.live_jobs_max(), 7);
}

TEST_F(BatchRunTest, FetchesAnswersThatHaveNoRoomInOneReply) {
  WriteInput(30);
  service_.SetRoomForOneBody(true);
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
}

TEST_F(BatchRunTest, WritesFailuresIntoTheErrorFile) {
  WriteInput(10);
  service_.SetEnd([](v1::Job& job) {
    const bool odd = (job.request().body().find("<3>") != std::string::npos);
    job.set_state(odd ? v1::JOB_STATE_EXPIRED : v1::JOB_STATE_SUCCEEDED);
    if (!odd) job.mutable_response()->set_body("{}");
  });
  ASSERT_TRUE(RunBatch().ok());
  EXPECT_THAT(LinesOf(paths_.output), SizeIs(9));
  EXPECT_EQ(CustomIdsOf(paths_.errors), std::multiset<std::string>{"r3"});
  EXPECT_THAT(ReadFile(paths_.errors), HasSubstr("batch_expired"));
  EXPECT_EQ(summary_.failed.at("EXPIRED"), 1u);
}

TEST_F(BatchRunTest, GoesOnWithoutTheLinesThatTheServerRefuses) {
  WriteInput(10);
  service_.RefuseBodiesWith("<4>");
  ASSERT_TRUE(RunBatch().ok());
  EXPECT_THAT(LinesOf(paths_.output), SizeIs(9));
  EXPECT_EQ(CustomIdsOf(paths_.errors), std::multiset<std::string>{"r4"});
  EXPECT_THAT(ReadFile(paths_.errors), HasSubstr("job.request.body must not say <4>"));
}

// For example because the class does not exist: nothing is gained by 500 error lines.
TEST_F(BatchRunTest, StopsWhenTheServerRefusesEveryLine) {
  WriteInput(10);
  service_.RefuseBodiesWith("<");
  const absl::Status status = RunBatch();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(ErrorText(status), HasSubstr("requests[9].job.request.body: must not say <"));
  EXPECT_EQ(ReadFile(paths_.output), "");
  EXPECT_FALSE(FileExists(paths_.errors));
  service_.RefuseBodiesWith("");
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
}

TEST_F(BatchRunTest, SubmitsAJobAgainThatIsGone) {
  WriteInput(5);
  service_.SetLooksBeforeEnd(1'000'000);
  Interruption interruption;
  std::thread run([&] { (void)RunBatch(interruption); });
  service_.WaitForJobs(5);
  interruption.Stop();
  run.join();
  service_.Forget("job-2");
  service_.SetLooksBeforeEnd(1);
  ASSERT_TRUE(RunBatch().ok());
  ExpectAllAnsweredOnce();
  EXPECT_EQ(service_.jobs_made(), 6);
}

}  // namespace
}  // namespace lull
