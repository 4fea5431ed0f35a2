#include "storage/sqlite/statement.h"

#include <random>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "storage/sqlite/connection.h"
#include "tests/storage/sqlite/temp_dir.h"

namespace lull {
namespace {

class StatementTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connection = Connection::OpenWriter(NewTempDir() + "/test.db");
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = *std::move(connection);
    ASSERT_TRUE(connection_->Execute("CREATE TABLE t (a, b)").ok());
  }

  Statement Prepare(const char* sql) {
    auto statement = connection_->Prepare(sql);
    EXPECT_TRUE(statement.ok()) << statement.status();
    return statement.ok() ? *std::move(statement) : Statement();
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(StatementTest, TellsEmptyFromNull) {
  Statement row =
      Prepare("SELECT typeof(?), typeof(?), typeof(?), typeof(?), typeof(?), typeof(?)");
  row.Text("").Text(absl::string_view()).Blob("").Blob(absl::string_view()).BlobOrNull("").Null();
  ASSERT_TRUE(*row.Step());
  for (const char* type : {"text", "text", "blob", "blob", "null", "null"}) {
    EXPECT_EQ(row.Text(), type);
  }
}

// A parameter that holds the value already is not bound again: whatever came before must not show.
TEST_F(StatementTest, GivesWhatWasBoundLastWhateverWasBoundBefore) {
  Statement row = Prepare("SELECT quote(?), quote(?)");
  std::mt19937_64 random(20261127);
  for (int round = 0; round < 5000; ++round) {
    std::string expected[2];
    std::string texts[2];
    for (int i = 0; i < 2; ++i) {
      const auto value = static_cast<int64_t>(random() % 3);
      texts[i] = std::string(static_cast<size_t>(random() % 2), 'x');
      switch (random() % 4) {
        case 0:
          row.Int(value);
          expected[i] = std::to_string(value);
          break;
        case 1:
          row.Null();
          expected[i] = "NULL";
          break;
        case 2:
          row.Text(texts[i]);
          expected[i] = "'" + texts[i] + "'";
          break;
        default:
          row.Blob(texts[i]);
          expected[i] = texts[i].empty() ? "X''" : "X'78'";
      }
    }
    ASSERT_TRUE(*row.Step()) << round;
    EXPECT_EQ(row.Text(), expected[0]) << round;
    EXPECT_EQ(row.Text(), expected[1]) << round;
    row.Reset();
  }
}

TEST_F(StatementTest, KeepsTimesThatAreNotSetAndNeverCome) {
  Statement row = Prepare("SELECT ?, ?, ?, ?, ?");
  const absl::Time time = absl::FromUnixMicros(-5);
  row.Time(absl::InfinitePast()).Time(absl::InfiniteFuture()).Time(time);
  row.Duration(absl::InfiniteDuration()).Duration(absl::Microseconds(-3));
  ASSERT_TRUE(*row.Step());
  EXPECT_TRUE(row.NextIsNull());
  EXPECT_EQ(row.Time(), absl::InfinitePast());
  EXPECT_EQ(row.Time(), absl::InfiniteFuture());
  EXPECT_EQ(row.Time(), time);
  EXPECT_EQ(row.Duration(), absl::InfiniteDuration());
  EXPECT_EQ(row.Duration(), absl::Microseconds(-3));
}

TEST_F(StatementTest, CountsTheRowsOfItsOwnRun) {
  Statement add = Prepare("INSERT INTO t VALUES (?, ?)");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(add.Int(i).Int(1).Run().ok());
    EXPECT_EQ(add.changes(), 1);
  }
  Statement change = Prepare("UPDATE t SET b = 2 WHERE a > ?");
  ASSERT_TRUE(change.Int(0).Run().ok());
  EXPECT_EQ(change.changes(), 2);
  ASSERT_TRUE(change.Int(99).Run().ok());
  EXPECT_EQ(change.changes(), 0);
}

TEST_F(StatementTest, ABindThatFailsIsReportedByTheRunAndForgottenAfterIt) {
  Statement add = Prepare("INSERT INTO t VALUES (?, ?)");
  EXPECT_EQ(add.Int(1).Int(2).Int(3).Run().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(add.Int(1).Int(2).Run().ok());
}

TEST_F(StatementTest, RunRefusesAStatementThatGivesRows) {
  EXPECT_EQ(Prepare("SELECT 1").Run().code(), absl::StatusCode::kInternal);
}

TEST_F(StatementTest, AnErrorNamesTheStatementAndLeavesItUsable) {
  ASSERT_TRUE(connection_->Execute("CREATE UNIQUE INDEX t_by_a ON t (a)").ok());
  Statement add = Prepare("INSERT INTO t VALUES (?, ?)");
  ASSERT_TRUE(add.Int(1).Null().Run().ok());
  const absl::Status status = add.Int(1).Null().Run();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_NE(status.message().find("INSERT INTO t"), absl::string_view::npos) << status;
  EXPECT_NE(status.message().find("UNIQUE constraint failed: t.a"), absl::string_view::npos);
  EXPECT_TRUE(add.Int(2).Null().Run().ok());
}

TEST_F(StatementTest, AReadIsOverAtTheEndOfItsScope) {
  ASSERT_TRUE(connection_->Execute("INSERT INTO t VALUES (1, 1), (2, 2)").ok());
  Statement row = Prepare("SELECT a FROM t");
  {
    ResetAtEnd reset(row);
    ASSERT_TRUE(*row.Step());
    EXPECT_FALSE(connection_->Execute("DROP TABLE t").ok()) << "it is being read";
  }
  EXPECT_TRUE(connection_->Execute("DROP TABLE t").ok());
}

}  // namespace
}  // namespace lull
