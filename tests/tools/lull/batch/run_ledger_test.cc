#include "tools/lull/batch/run_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

EntryResult Answer(size_t entry) {
  return {{absl::StrCat("{\"custom_id\":\"r", entry, "\",\"error\":null}\n"), /*is_error=*/false},
          {entry, "SUCCEEDED", 2, 1, 1.0}};
}

EntryResult Failure(size_t entry) {
  return {{absl::StrCat("{\"custom_id\":\"r", entry, "\",\"error\":{}}\n"), /*is_error=*/true},
          {entry, "FAILED", 3, 0, 1.0}};
}

class RunLedgerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string input;
    for (int i = 0; i < 4; ++i) {
      absl::StrAppend(&input, R"({"custom_id":"r)", i,
                      R"(","method":"POST","url":"/v1/x","body":{"model":"m"}})", "\n");
    }
    WriteScratch("in.jsonl", input);
  }

  absl::StatusOr<RunLedger> Open() { return RunLedger::Open(paths_, "options"); }

  const RunPaths paths_ = {ScratchPath("in.jsonl"), ScratchPath("out.jsonl"),
                           ScratchPath("err.jsonl")};
};

TEST_F(RunLedgerTest, WritesAnswersAndErrorsApart) {
  absl::StatusOr<RunLedger> ledger = Open();
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  EXPECT_FALSE(FileExists(paths_.errors));
  ASSERT_TRUE(ledger->RecordResults({Answer(0), Failure(2), Answer(1)}).ok());
  EXPECT_EQ(ReadFile(paths_.output), Answer(0).line.text + Answer(1).line.text);
  EXPECT_EQ(ReadFile(paths_.errors), Failure(2).line.text);
  EXPECT_EQ(ledger->answered(), 2u);
  EXPECT_EQ(ledger->failed(), 1u);
  EXPECT_FALSE(ledger->complete());
}

TEST_F(RunLedgerTest, NeverWritesASecondLine) {
  absl::StatusOr<RunLedger> ledger = Open();
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  ASSERT_TRUE(ledger->RecordResults({Answer(0), Answer(0)}).ok());
  ASSERT_TRUE(ledger->RecordResults({Failure(0)}).ok());
  EXPECT_EQ(ReadFile(paths_.output), Answer(0).line.text);
  EXPECT_FALSE(FileExists(paths_.errors));
}

TEST_F(RunLedgerTest, ContinuesWhereItWasLeft) {
  {
    absl::StatusOr<RunLedger> ledger = Open();
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    ASSERT_TRUE(ledger->RecordAccepted({{0, "j0"}, {1, "j1"}, {2, "j2"}, {3, "j3"}}).ok());
    ASSERT_TRUE(ledger->RecordResults({Answer(3), Failure(1)}).ok());
  }
  absl::StatusOr<RunLedger> ledger = Open();
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  EXPECT_TRUE(ledger->done(3));
  EXPECT_TRUE(ledger->done(1));
  EXPECT_THAT(ledger->LiveJobs(), ElementsAre(Pair(0u, "j0"), Pair(2u, "j2")));
  ASSERT_TRUE(ledger->RecordResults({Answer(0), Answer(2)}).ok());
  EXPECT_TRUE(ledger->complete());
  const RunSummary summary = ledger->tally().Summary();
  EXPECT_EQ(summary.answered, 3u);
  EXPECT_THAT(summary.failed, ElementsAre(Pair("FAILED", 1u)));
  EXPECT_EQ(summary.attempts, 9);
  EXPECT_EQ(summary.refusals, 3);
}

// Ended by SIGKILL between the writing of an answer and of the journal, and in mid-line.
TEST_F(RunLedgerTest, BelievesTheAnswerFileAndRepairsIt) {
  {
    absl::StatusOr<RunLedger> ledger = Open();
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    ASSERT_TRUE(ledger->RecordAccepted({{0, "j0"}, {1, "j1"}}).ok());
  }
  WriteScratch("out.jsonl", Answer(0).line.text + "{\"custom_id\":\"r1\",\"resp");
  absl::StatusOr<RunLedger> ledger = Open();
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  EXPECT_TRUE(ledger->done(0));
  EXPECT_FALSE(ledger->done(1));
  EXPECT_THAT(ledger->LiveJobs(), ElementsAre(Pair(1u, "j1")));
  ASSERT_TRUE(ledger->RecordResults({Answer(0), Answer(1)}).ok());
  EXPECT_EQ(ReadFile(paths_.output), Answer(0).line.text + Answer(1).line.text);
}

TEST_F(RunLedgerTest, LeavesAFileAloneThatIsNotItsOwn) {
  WriteScratch("out.jsonl", "precious\n");
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("out.jsonl"));
  EXPECT_EQ(ReadFile(paths_.output), "precious\n");
  EXPECT_FALSE(FileExists(paths_.Journal()));
}

TEST_F(RunLedgerTest, RefusesLinesThatNoRunWrites) {
  ASSERT_TRUE(Open().ok());
  WriteScratch("out.jsonl", Answer(0).line.text + Answer(0).line.text);
  EXPECT_THAT(std::string(Open().status().message()),
              AllOf(HasSubstr("out.jsonl, line 2"), HasSubstr("has a line already")));
  WriteScratch("out.jsonl", Answer(9).line.text);
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("none of the input's"));
  WriteScratch("out.jsonl", Answer(0).line.text);
  WriteScratch("err.jsonl", Failure(0).line.text);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(RunLedgerTest, IsWorkedOnByOneProcessAtATime) {
  const absl::StatusOr<RunLedger> first = Open();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace lull
