// How SQLite carries out each statement: pinned, so that no change of a table or a query makes one
// slow unnoticed.
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/sql.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

class QueryPlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connection = Connection::OpenWriter(NewTempDir() + "/test.db");
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = *std::move(connection);
    ASSERT_TRUE(Migrate(*connection_, SchemaMigrations(), absl::UnixEpoch()).ok());
  }

  // The plan's steps, one a line.
  std::string Plan(const char* sql) {
    auto row = connection_->Prepare((std::string("EXPLAIN QUERY PLAN ") + sql).c_str());
    if (!row.ok()) return row.status().ToString();
    std::string plan;
    while (true) {
      const auto more = row->Step();
      if (!more.ok()) return more.status().ToString();
      if (!*more) return plan;
      for (int column = 0; column < 3; ++column) row->Skip();
      plan += std::string(row->Text()) + "\n";
    }
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(QueryPlanTest, FindingAJobTakesItsIndex) {
  EXPECT_EQ(Plan(sql::kFindJob), "SEARCH jobs USING INDEX jobs_by_id (id=?)\n");
}

TEST_F(QueryPlanTest, ReadingAJobTakesItsNumber) {
  EXPECT_EQ(Plan(sql::kReadJob), "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)\n");
  EXPECT_EQ(Plan(sql::kReadJobWithBody),
            "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)\n"
            "SEARCH bodies USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN\n");
}

TEST_F(QueryPlanTest, ReadingAnOutcomeTakesTheIndexOfItsJob) {
  const std::string expected = "SEARCH results USING INDEX results_by_job (job=?)\n";
  EXPECT_EQ(Plan(sql::kReadResult), expected);
  EXPECT_EQ(Plan(sql::kReadResultWithBody), expected);
}

TEST_F(QueryPlanTest, ReadingEventsStartsAtTheirCommit) {
  EXPECT_EQ(Plan(sql::kReadEvents),
            "SEARCH events USING INTEGER PRIMARY KEY (rowid>?)\n"
            "SCALAR SUBQUERY 1\n"
            "SEARCH events USING INTEGER PRIMARY KEY (rowid<?)\n");
}

TEST_F(QueryPlanTest, ListingJobsStaysInItsRangeAndSortsNothing) {
  EXPECT_EQ(Plan(sql::kListJobs),
            "SEARCH jobs USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\n"
            "SEARCH live USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN\n"
            "SEARCH results USING INDEX results_by_job (job=?) LEFT-JOIN\n");
}

TEST_F(QueryPlanTest, QueryingJobsWalksThemBackwardsAndSortsNothing) {
  EXPECT_EQ(Plan(sql::kQueryJobs),
            "SEARCH jobs USING INTEGER PRIMARY KEY (rowid<?)\n"
            "SEARCH live USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN\n"
            "SEARCH results USING INDEX results_by_job (job=?) LEFT-JOIN\n");
  EXPECT_EQ(Plan(sql::kReadIdentity), "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)\n");
}

TEST_F(QueryPlanTest, TheRangeOfEventsIsReadAtItsEnds) {
  EXPECT_EQ(Plan(sql::kReadEventRange),
            "SEARCH meta USING INTEGER PRIMARY KEY (rowid=?)\n"
            "SCALAR SUBQUERY 1\n"
            "SEARCH events\n"
            "SCALAR SUBQUERY 2\n"
            "SCAN events\n");
}

TEST_F(QueryPlanTest, UsageIsReadByDayInItsOrder) {
  EXPECT_EQ(Plan(sql::kReadUsage), "SEARCH usage USING PRIMARY KEY (day>? AND day<?)\n");
}

TEST_F(QueryPlanTest, DeletingGoesByKeysAndIndices) {
  EXPECT_EQ(Plan(sql::kFindLive), "SEARCH live USING INTEGER PRIMARY KEY (rowid=?)\n");
  EXPECT_EQ(Plan(sql::kDeleteResult), "SEARCH results USING INDEX results_by_job (job=?)\n");
  EXPECT_EQ(Plan(sql::kDeleteBody), "SEARCH bodies USING INTEGER PRIMARY KEY (rowid=?)\n");
  EXPECT_EQ(Plan(sql::kDeleteJob), "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)\n");
  EXPECT_EQ(Plan(sql::kNoteNumbers), "SEARCH meta USING INTEGER PRIMARY KEY (rowid=?)\n");
}

TEST_F(QueryPlanTest, PruningWalksFromTheOldestOn) {
  EXPECT_EQ(Plan(sql::kWalkOutcomes), "SEARCH results USING INTEGER PRIMARY KEY (rowid>?)\n");
  EXPECT_EQ(Plan(sql::kReadBodySize),
            "SCAN CONSTANT ROW\n"
            "SCALAR SUBQUERY 1\n"
            "SEARCH bodies USING INTEGER PRIMARY KEY (rowid=?)\n");
  EXPECT_EQ(Plan(sql::kWalkEvents), "SCAN events\n");
  EXPECT_EQ(Plan(sql::kWalkKeys), "SCAN keys\n");
  EXPECT_EQ(Plan(sql::kRemoveEvents), "SEARCH events USING INTEGER PRIMARY KEY (rowid<?)\n");
  EXPECT_EQ(Plan(sql::kRemoveKeys), "SEARCH keys USING INTEGER PRIMARY KEY (rowid<?)\n");
}

TEST_F(QueryPlanTest, ChangesGoByPrimaryKey) {
  const std::string by_number = "SEARCH live USING INTEGER PRIMARY KEY (rowid=?)\n";
  EXPECT_EQ(Plan(sql::kChangeLive), by_number);
  EXPECT_EQ(Plan(sql::kRemoveLive), by_number);
  EXPECT_EQ(Plan(sql::kReadEpoch), "SEARCH meta USING INTEGER PRIMARY KEY (rowid=?)\n");
  EXPECT_EQ(Plan(sql::kRemoveSmallState),
            "SEARCH small_state USING PRIMARY KEY (kind=? AND key=?)\n");
}

TEST_F(QueryPlanTest, InsertsLookNothingUp) {
  for (const char* sql : {sql::kAddJob, sql::kAddBody, sql::kAddLive, sql::kAddResult,
                          sql::kAddEvents, sql::kAddKeys, sql::kSetSmallState, sql::kAddUsage}) {
    EXPECT_EQ(Plan(sql), "") << sql;
  }
}

TEST_F(QueryPlanTest, RecoveryLooksAtTheLastRowsOnly) {
  EXPECT_EQ(Plan(sql::kRaiseEpoch),
            "SEARCH meta USING INTEGER PRIMARY KEY (rowid=?)\n"
            "SCALAR SUBQUERY 1\n"
            "SEARCH jobs\n"
            "SCALAR SUBQUERY 2\n"
            "SCAN events\n");
  // The scan of events is from the last row backwards and ends with the first one it finds.
}

TEST_F(QueryPlanTest, LoadingAtStartReadsInOrderWithoutSorting) {
  EXPECT_EQ(Plan(sql::kLoadLive), "SEARCH live USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\n");
  EXPECT_EQ(Plan(sql::kLoadKeys), "SEARCH keys USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\n");
  EXPECT_EQ(Plan(sql::kLoadSmallStates), "SCAN small_state\n");
}

}  // namespace
}  // namespace lull
