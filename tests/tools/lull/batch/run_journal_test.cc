#include "tools/lull/batch/run_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/tools/lull/batch/scratch_file.h"

namespace lull {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const RunIdentity kIdentity = {"abc", 10, "class=batch"};

absl::StatusOr<RunJournal> OpenJournal(const RunIdentity& identity = kIdentity) {
  return RunJournal::Open(ScratchPath("journal"), identity);
}

// The run id of a journal that says that entry 3 was accepted.
std::string BeginRun() {
  absl::StatusOr<RunJournal> journal = OpenJournal();
  EXPECT_TRUE(journal.ok()) << journal.status();
  EXPECT_TRUE(journal->RecordAccepted({{3, "job-3"}}).ok());
  return journal->run_id();
}

TEST(RunJournalTest, KeepsTheRunIdWhateverWasDone) {
  const std::string before_any_job = OpenJournal()->run_id();
  EXPECT_EQ(before_any_job.size(), 32u);
  EXPECT_EQ(OpenJournal()->run_id(), before_any_job);
  EXPECT_EQ(BeginRun(), before_any_job);
  EXPECT_EQ(OpenJournal()->run_id(), before_any_job);
}

TEST(RunJournalTest, GivesEachRunAnIdOfItsOwn) {
  const std::string first = OpenJournal()->run_id();
  std::remove(ScratchPath("journal").c_str());
  EXPECT_NE(OpenJournal()->run_id(), first);
}

TEST(RunJournalTest, RemembersJobsAndEnds) {
  {
    absl::StatusOr<RunJournal> journal = OpenJournal();
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_FALSE(journal->resumed());
    ASSERT_TRUE(journal->RecordAccepted({{1, "job-1"}, {2, "job-2"}}).ok());
    ASSERT_TRUE(journal->RecordEnds({{1, "SUCCEEDED", 4, 3, 2.5}}).ok());
  }
  const absl::StatusOr<RunJournal> journal = OpenJournal();
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_TRUE(journal->resumed());
  EXPECT_THAT(journal->accepted(), UnorderedElementsAre(Pair(2u, "job-2")));
  ASSERT_EQ(journal->ends().size(), 1u);
  EXPECT_EQ(journal->ends()[0].entry, 1u);
  EXPECT_EQ(journal->ends()[0].state, "SUCCEEDED");
  EXPECT_EQ(journal->ends()[0].attempts, 4);
  EXPECT_EQ(journal->ends()[0].refusals, 3);
  EXPECT_EQ(journal->ends()[0].seconds, 2.5);
}

TEST(RunJournalTest, RepairsATornLastLine) {
  const std::string run_id = BeginRun();
  WriteScratch("journal", ReadFile(ScratchPath("journal")) + "{\"entry\":4,\"jo");
  const absl::StatusOr<RunJournal> journal = OpenJournal();
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_EQ(journal->run_id(), run_id);
  EXPECT_THAT(journal->accepted(), UnorderedElementsAre(Pair(3u, "job-3")));
}

TEST(RunJournalTest, IsNotTakenForAnotherInputOrOtherOptions) {
  BeginRun();
  for (const RunIdentity& other :
       {RunIdentity{"xyz", 10, "class=batch"}, RunIdentity{"abc", 11, "class=batch"},
        RunIdentity{"abc", 10, "class=standard"}}) {
    EXPECT_EQ(OpenJournal(other).status().code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_TRUE(OpenJournal().ok());
}

// After a run whose every job was refused, for example because of a wrong class.
TEST(RunJournalTest, IsBegunAnewWhenNothingWasAccepted) {
  const std::string first = OpenJournal()->run_id();
  const absl::StatusOr<RunJournal> second = OpenJournal({"abc", 10, "class=standard"});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->run_id(), first);
  EXPECT_THAT(ReadFile(ScratchPath("journal")), HasSubstr("class=standard"));
}

TEST(RunJournalTest, RefusesAFileThatIsNoJournal) {
  WriteScratch("journal", "{\"custom_id\":\"r1\"}\n");
  EXPECT_EQ(OpenJournal().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadFile(ScratchPath("journal")), "{\"custom_id\":\"r1\"}\n");
}

TEST(RunJournalTest, RefusesAnEntryThatTheInputDoesNotHave) {
  BeginRun();
  WriteScratch("journal", ReadFile(ScratchPath("journal")) + "{\"entry\":10,\"job\":\"x\"}\n");
  EXPECT_EQ(OpenJournal().status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace lull
